/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * What keeps a group from ending: a killed process that does not die waits in the kernel, for a file system's server or a
 * device, or stands still because a group above is frozen.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/proc_stat.h"
#include "base/str.h"

enum { TOLD = 3 /* processes */ };

static bool says_one(const struct cgroup_hierarchy *h, const char *path, const char *file)
{
	char name[PATH_MAX], text[16];

	return file_read_line(AT_FDCWD, cgroup_file(h, path, file, name), text, sizeof(text)) == 0 && str_eq(text, "1");
}

/* Of a group that is thawed itself. */
static bool is_frozen_from_above(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(system, "freezer"), *h = v1 ? v1 : cgroup_unified(system);
	char up[PATH_MAX] = "";

	if (v1)
		return says_one(v1, path, "freezer.parent_freezing");
	if (!h || strlen(path) >= sizeof(up))
		return false;
	memcpy(up, path, strlen(path) + 1);
	for (char *slash = strrchr(up, '/'); slash && slash > up; slash = strrchr(up, '/')) {
		*slash = '\0';
		if (says_one(h, up, "cgroup.freeze"))
			return true;
	}
	return false;
}

static void add_process(pid_t pid, struct str *to)
{
	char path[48], where[64] = "";
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) < 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	(void)file_read_line(AT_FDCWD, path, where, sizeof(where));
	str_addf(to, "%sprocess %d (%s, state %c%s%s)", to->len ? ", " : "", pid, stat.name, stat.state,
		 where[0] && !str_eq(where, "0") ? " in " : "", str_eq(where, "0") ? "" : where);
}

void cgroup_blockers(const struct cgroup_system *system, const char *path, struct str *to)
{
	struct cgroup_pids pids = { .n = 0 };

	if (is_frozen_from_above(system, path)) {
		str_addf(to, "cgroup '%s' is frozen from above", path);
		return;
	}
	if (cgroup_pids(system, path, &pids) == 0)
		for (size_t i = 0; i < pids.n && i < TOLD; i++)
			add_process(pids.items[i], to);
	free(pids.items);
	if (to->len == 0)
		str_addf(to, "cgroup '%s' is busy", path);
}
