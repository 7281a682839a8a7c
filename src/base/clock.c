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

char *clock_format(int64_t wall, char to[static CLOCK_TEXT])
{
	time_t seconds = (time_t)(wall / NSEC_PER_SEC);
	struct tm tm;

	if (wall == 0) {
		(void)snprintf(to, CLOCK_TEXT, "0001-01-01T00:00:00Z");
		return to;
	}
	(void)gmtime_r(&seconds, &tm);
	(void)snprintf(to, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		       (long)(wall % NSEC_PER_SEC));
	return to;
}

int clock_boot_id(char to[static BOOT_ID_TEXT], struct err *e)
{
	int r = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", to, BOOT_ID_TEXT);

	return r < 0 ? err_sys(e, -r, "read the boot id") : 0;
}
