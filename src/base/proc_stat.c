/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

/* The name is in parentheses and may hold any byte: it ends at the last one. */
int proc_stat_read(pid_t pid, struct proc_stat *ret)
{
	char path[32], line[1024], *name, *end;
	unsigned long long start;
	struct proc_stat stat;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = pid > 0 ? file_read_line(AT_FDCWD, path, line, sizeof(line)) : -ESRCH;
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (!name || !end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
				    &stat.state, &start) != 2)
		return -EPROTO;
	*end = '\0';
	(void)snprintf(stat.name, sizeof(stat.name), "%s", name + 1);
	stat.start = start;
	*ret = stat;
	return 0;
}
