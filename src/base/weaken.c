/* SPDX-License-Identifier: Apache-2.0 */
#include "base/weaken.h"

enum { MARK = sizeof("weaken:") - 1, ROOM = 40 };

/* Volatile: it may be another one than the compiler sees. */
static const volatile char built[MARK + ROOM] = "weaken:" WEAKEN;

/* Without the C library, which may not have started yet. */
bool weaken_is(const char *name)
{
	const volatile char *at = built + MARK;

	while (*name && *name == *at) {
		name++;
		at++;
	}
	return *name == *at;
}
