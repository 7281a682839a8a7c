/* SPDX-License-Identifier: Apache-2.0 */

/* Real-time signals are counted from the kernel's 34 and 64: glibc keeps the first two of its own. */

#include "base/signame.h"

#include <signal.h>
#include <strings.h>

#include "base/own.h"
#include "base/quantity.h"
#include "base/str.h"

enum { SIGNAL_LAST = 64, SIGNAL_RTMIN = 34 };

static int signal_realtime(const char *name)
{
	int64_t offset = 0;
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	if (name[5] && (name[5] != (from_max ? '-' : '+') || quantity_i64(name + 5, &offset) < 0))
		return -1;
	if (offset < SIGNAL_RTMIN - SIGNAL_LAST || offset > SIGNAL_LAST - SIGNAL_RTMIN)
		return -1;
	return (from_max ? SIGNAL_LAST : SIGNAL_RTMIN) + (int)offset;
}

static int signal_number(const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int64_t number;

	if (quantity_i64(text, &number) == 0)
		return number >= 1 && number <= SIGNAL_LAST ? (int)number : -1;
	for (int i = 1; i < SIGNAL_RTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known && strcasecmp(known, name) == 0)
			return i;
	}
	return signal_realtime(name);
}

int signame_parse(const char *text, int *ret, struct err *e)
{
	int number = signal_number(text);

	if (number < 0)
		return err_set(e, ERR_INVALID, "invalid signal: %s", text);
	*ret = number;
	return 0;
}
