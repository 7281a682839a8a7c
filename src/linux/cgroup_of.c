/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/* The groups of a process, /proc/PID/cgroup: "4:memory:/user/a" a v1 hierarchy, "0::/user/a" for v2. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { OF_MAX = 1 << 20 };

static int visit_line(char *line, cgroup_visit visit, void *arg)
{
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return 0;
	*path = '\0';
	return visit(controllers + 1, path + 1, arg);
}

int cgroup_each_of(pid_t pid, cgroup_visit visit, void *arg)
{
	char name[32] = "/proc/self/cgroup", *save = NULL;
	autostr struct str text = STR_INIT;
	autofd int fd = -EBADF;
	int r;

	if (pid > 0)
		(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	fd = path_open(AT_FDCWD, name, PATH_HOST, O_RDONLY, 0);
	r = fd < 0 ? fd : io_read_all(fd, OF_MAX, &text);
	for (char *line = strtok_r(text.data, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save))
		r = visit_line(line, visit, arg);
	return r;
}

struct search {
	const struct cgroup_hierarchy *h;
	char *to;
};

/* 1: found. */
static int take_path(const char *controllers, const char *path, void *arg)
{
	const struct search *s = arg;

	if (!str_eq(controllers, s->h->v2 ? "" : s->h->controllers))
		return 0;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(s->to, path, strlen(path) + 1);
	return 1;
}

int cgroup_path_of(pid_t pid, const struct cgroup_hierarchy *h, char to[static PATH_MAX])
{
	struct search search = { h, to };
	int r = cgroup_each_of(pid, take_path, &search);

	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

int cgroup_v2_dir_of(pid_t pid)
{
	cleanup(cgroup_system_done) struct cgroup_system system = { .items = NULL };
	const struct cgroup_hierarchy *h;
	char path[PATH_MAX];
	int r;

	if (cgroup_system_read(&system, NULL) < 0)
		return -EIO;
	h = cgroup_unified(&system);
	r = h ? cgroup_path_of(pid, h, path) : -ENOENT;
	return r < 0 ? r : cgroup_open(h, path);
}
