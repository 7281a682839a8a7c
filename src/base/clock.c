/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/file.h"

static int64_t clock_read(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

int64_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

/* Days since 1970-01-01 to a date of the Gregorian calendar, counted in years that begin with March; the C library's
 * gmtime_r reads the time zone from a file. */
static void civil_date(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	unsigned of_era = (unsigned)(shifted - era * 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = (int64_t)year + era * 400 + (*ret_month <= 2);
}

char *clock_format(int64_t wall, char to[static CLOCK_TEXT])
{
	int64_t seconds = wall / NSEC_PER_SEC, fraction = wall % NSEC_PER_SEC, days, year;
	unsigned month, day, second;

	if (wall == 0) {
		(void)snprintf(to, CLOCK_TEXT, "0001-01-01T00:00:00Z");
		return to;
	}
	if (fraction < 0) {
		fraction += NSEC_PER_SEC;
		seconds--;
	}
	days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
	second = (unsigned)(seconds - days * 86400);
	civil_date(days, &year, &month, &day);
	(void)snprintf(to, CLOCK_TEXT, "%04lld-%02u-%02uT%02u:%02u:%02u.%09lldZ", (long long)year, month, day,
		       second / 3600, second / 60 % 60, second % 60, (long long)fraction);
	return to;
}

int clock_boot_id(char to[static BOOT_ID_TEXT], struct err *e)
{
	int r = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", to, BOOT_ID_TEXT);

	return r < 0 ? err_sys(e, -r, "read the boot id") : 0;
}
