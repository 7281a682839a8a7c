/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc_run.h"
#include "base/str.h"

enum { SAID_MAX = 300 };

struct kind {
	const char *file, *field;
	const char *programs[4]; /* by fixed paths: they are set-uid, and nobody's PATH chooses them */
};

static const struct kind uid_kind = {
	"uid_map", "linux.uidMappings", { "/usr/bin/newuidmap", "/bin/newuidmap", "/usr/local/bin/newuidmap" },
};
static const struct kind gid_kind = {
	"gid_map", "linux.gidMappings", { "/usr/bin/newgidmap", "/bin/newgidmap", "/usr/local/bin/newgidmap" },
};

/* PROGRAM PID INSIDE OUTSIDE SIZE... */
static int arguments(const char *program, pid_t pid, const struct userns_map *map, struct strv *to)
{
	int r = strv_add(to, program);

	if (r == 0)
		r = strv_addf(to, "%d", pid);
	for (size_t i = 0; i < map->n && r == 0; i++) {
		const uint32_t numbers[] = { map->extents[i].inside, map->extents[i].outside, map->extents[i].size };

		for (size_t k = 0; k < ARRAY_SIZE(numbers) && r == 0; k++)
			r = strv_addf(to, "%u", numbers[k]);
	}
	return r;
}

static int run(const char *program, pid_t pid, const struct userns_map *map, const struct kind *kind, struct err *e)
{
	autofd int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0);
	autostrv struct strv argv = STRV_INIT;
	autostr struct str said = STR_INIT;
	struct proc_spawn how = { .path = program };
	const int stdio[] = { null, -EBADF, -EBADF };
	int status;

	if (null < 0)
		return err_sys(e, -null, "open '/dev/null'");
	if (arguments(program, pid, map, &argv) < 0)
		return err_nomem(e);
	how.argv = argv.items;
	if (proc_run(&how, stdio, clock_boot() + 30 * NSEC_PER_SEC, SAID_MAX, &said, &status, e) < 0)
		return err_prefix(e, "%s", kind->field);
	if (status == 0)
		return 0;
	return err_set(e, ERR_DENIED, "%s: '%s' ended with %d: %s", kind->field, program, status, str_text(&said));
}

static int by_program(pid_t pid, const struct userns_map *map, const struct kind *kind, struct err *e)
{
	for (size_t i = 0; kind->programs[i]; i++)
		if (access(kind->programs[i], X_OK) == 0)
			return run(kind->programs[i], pid, map, kind, e);
	return err_set(e, ERR_DENIED, "%s: more than one's own id needs '%s', which is not there", kind->field,
		       kind->programs[0]);
}

static bool is_own(const struct userns_map *map, uint32_t id)
{
	return map->n == 1 && map->extents[0].size == 1 && map->extents[0].outside == id;
}

/* Without privilege a group may be mapped only when groups cannot be dropped any more (CVE-2014-8989). */
static int write_own_gid(int proc, const struct userns_map *gids)
{
	int r = userns_deny_setgroups(proc);

	return r < 0 ? r : userns_write_map(proc, gid_kind.file, gids);
}

static int write_one(int proc, pid_t pid, const struct userns_map *map, const struct kind *kind, bool own, struct err *e)
{
	int r = userns_write_map(proc, kind->file, map);

	if (r == -EPERM && own)
		r = write_own_gid(proc, map);
	if (r == -EPERM && geteuid() != 0)
		return by_program(pid, map, kind, e);
	return r < 0 ? err_sys(e, -r, "write %s", kind->field) : 0;
}

int userns_write_ids(int proc, pid_t pid, const struct userns_map *uids, const struct userns_map *gids, struct err *e)
{
	if (write_one(proc, pid, uids, &uid_kind, false, e) < 0)
		return -1;
	return write_one(proc, pid, gids, &gid_kind, is_own(gids, getegid()), e);
}
