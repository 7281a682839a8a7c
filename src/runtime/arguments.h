/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What others of the container's pid namespace may read of a process of ours before it has become the program: nothing.
 * Its memory is closed to them because it is not dumpable, but the words of its command line, paths of the host among
 * them, lie open in /proc/PID/cmdline. They are changed before the clone, so that there is no instant to look at, and
 * changed back afterwards.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The memory of the program's own argument vector; nothing may point into it. */
struct arguments {
	char *start;
	size_t size;
};

/* Before a clone: undumpable (unless the caller is an ordinary user), and `title` in place of the arguments. *ret_saved is
 * for arguments_show. */
int arguments_hide(const struct arguments *arguments, const char *title, bool unprivileged, char **ret_saved,
		   struct err *e);
void arguments_show(const struct arguments *arguments, char *saved);

/* After a change of ids, which makes a process dumpable again. */
int arguments_stay_hidden(struct err *e);
