/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_member.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { TEXT_MAX = 1 << 20 };

/* Lines of "ID:CONTROLLERS:PATH"; a path may hold colons. */
int cgroup_of_process_parse(const char *text, bool v2, char **ret)
{
	const char *wanted = v2 ? ":" : "name=systemd:";

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line != '\0') {
		const char *controllers = line + strcspn(line, ":\n");
		size_t skip = strlen(wanted);

		if (*controllers != ':' || strncmp(controllers + 1, wanted, skip) != 0)
			continue;
		*ret = strndup(controllers + 1 + skip, strcspn(controllers + 1 + skip, "\n"));
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

int cgroup_of_process(const struct cgroup_system *system, pid_t pid, char **ret)
{
	autostr struct str text = STR_INIT;
	autofd int fd = -EBADF;
	char name[64];
	int r;

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	fd = path_open(AT_FDCWD, name, PATH_HOST, O_RDONLY, 0);
	r = fd < 0 ? fd : io_read_all(fd, TEXT_MAX, &text);
	return r < 0 ? r : cgroup_of_process_parse(str_text(&text), cgroup_unified(system) != NULL, ret);
}

int cgroup_move_process(const struct cgroup_system *system, const char *path, pid_t pid, struct err *e)
{
	char name[PATH_MAX], text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < system->n; i++) {
		int r = file_write_text(AT_FDCWD, cgroup_file(&system->items[i], path, "cgroup.procs", name), text);

		if (r < 0)
			return err_sys(e, -r, "move process %d to '%s'", pid, name);
	}
	return 0;
}

static int read_v1(const struct cgroup_hierarchy *h, const char *path, int64_t *ret_quota, uint64_t *ret_period)
{
	char name[PATH_MAX], quota[32], period[32];
	int r = file_read_line(AT_FDCWD, cgroup_file(h, path, "cpu.cfs_quota_us", name), quota, sizeof(quota));

	if (r == 0)
		r = file_read_line(AT_FDCWD, cgroup_file(h, path, "cpu.cfs_period_us", name), period, sizeof(period));
	if (r < 0)
		return r;
	*ret_quota = strtoll(quota, NULL, 10);
	*ret_period = strtoull(period, NULL, 10);
	return 0;
}

int cgroup_cpu_time(const struct cgroup_system *system, const char *path, int64_t *ret_quota, uint64_t *ret_period)
{
	const struct cgroup_hierarchy *h = cgroup_find(system, "cpu");
	char name[PATH_MAX], line[64], *space;
	int r;

	if (!h)
		return -ENOENT;
	if (!h->v2)
		return read_v1(h, path, ret_quota, ret_period);
	r = file_read_line(AT_FDCWD, cgroup_file(h, path, "cpu.max", name), line, sizeof(line));
	space = r < 0 ? NULL : strchr(line, ' ');
	if (!space)
		return r < 0 ? r : -EINVAL;
	*ret_quota = str_starts(line, "max") ? -1 : strtoll(line, NULL, 10);
	*ret_period = strtoull(space + 1, NULL, 10);
	return 0;
}
