/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mountinfo.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

int mountinfo_read(struct str *to)
{
	autofd int fd = path_open(AT_FDCWD, "/proc/self/mountinfo", PATH_HOST, O_RDONLY, 0);

	return fd < 0 ? fd : io_read_all(fd, MOUNTINFO_MAX, to);
}

/* Three octal digits behind a backslash, and nothing shorter: the text may end there. */
static bool is_escape(const char *text)
{
	return text[0] == '\\' && strspn(text + 1, "01234567") >= 3;
}

void mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (is_escape(from)) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 0:30 /root /mount/point rw,relatime shared:5 - type source options" */
static bool parse_line(char *line, struct mountinfo *ret)
{
	int start = 0, end = 0;

	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %*s %*s %n%*s%n", &ret->id, &ret->parent, &start, &end) != 2 || !end)
		return false;
	line[end] = '\0';
	ret->path = line + start;
	mountinfo_unescape(ret->path);
	return true;
}

bool mountinfo_next(char **cursor, struct mountinfo *ret)
{
	char *line;

	while ((line = strsep(cursor, "\n")))
		if (parse_line(line, ret))
			return true;
	return false;
}
