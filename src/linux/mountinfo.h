/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /proc/PID/mountinfo, line by line. */

#include <stdbool.h>
#include <stdint.h>

enum { MOUNTINFO_MAX = 16 << 20 };

struct mountinfo {
	uint64_t id, parent;
	char *path; /* of the mount point, borrowed from the text */
};

struct str;

/* The caller's own, appended: 0 or -errno. */
int mountinfo_read(struct str *to);

/* Takes the next line off *cursor, a text that is changed on the way; false at the end. A line that is none is skipped. */
bool mountinfo_next(char **cursor, struct mountinfo *ret);

/* The kernel writes blanks, tabs, newlines and backslashes as three octal digits. */
void mountinfo_unescape(char *text);
