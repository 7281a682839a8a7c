/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Control groups on v1, v2 and hybrid behind one face. A container's group has one path, the same in every hierarchy
 * that is mounted; a limit goes to the hierarchy that has its controller, and one that cannot be had is
 * ERR_UNSUPPORTED naming the file.
 *
 * Joining: on v2 by CLONE_INTO_CGROUP with cgroup_v2_dir; on v1 the single-threaded child itself writes 0 to the `tasks`
 * descriptors of cgroup_open_tasks. Writing a pid to cgroup.procs costs 10 ms and is not offered.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/decode.h"
#include "base/err.h"

enum { CGROUP_HIERARCHIES = 24 };

struct cgroup_hierarchy {
	char *controllers; /* v1: "cpu,cpuacct" or "name=systemd"; v2: what cgroup.controllers of the root says */
	char *mount;	   /* absolute */
	bool v2;
};

/* The mounted hierarchies. */
struct cgroup_system {
	struct cgroup_hierarchy *items;
	size_t n;
};

/* Reads /proc/self/mountinfo. */
int cgroup_system_read(struct cgroup_system *ret, struct err *e);
int cgroup_system_parse(const char *mountinfo, struct cgroup_system *ret);
void cgroup_system_done(struct cgroup_system *system);

/* The path that is meant, on the heap: absolute, without empty and "." components; NULL when out of memory. */
char *cgroup_path_clean(const char *path);

/* The one normal form: absolute, no empty, "." or ".." component, not the root. ERR_INVALID otherwise. */
int cgroup_path_check(const char *path, struct err *e);

/* Makes the group, and its parents, in every hierarchy; v2 controllers are enabled on the way down. A group that exists
 * is used as it is. On failure nothing that was made is left but parents. */
int cgroup_create(const struct cgroup_system *system, const char *path, struct err *e);

/* As cgroup_create, for a container, whose delete will kill and remove all that is there: a group with processes in it
 * or below it is ERR_CONFLICT, and is left as it was. */
int cgroup_claim(const struct cgroup_system *system, const char *path, struct err *e);

/* `tasks` of every v1 hierarchy, opened for writing: *ret_n descriptors. */
int cgroup_open_tasks(const struct cgroup_system *system, const char *path, int fds[static CGROUP_HIERARCHIES],
		      size_t *ret_n, struct err *e);
/* The v2 group's directory for CLONE_INTO_CGROUP; -ENOENT without v2. */
int cgroup_v2_dir(const struct cgroup_system *system, const char *path);
/* The same for the group that a process is in now, as its container may have divided its own. -errno. */
int cgroup_v2_dir_of(pid_t pid);
/* The v1 way for the calling child: 0 or -errno. */
int cgroup_join_tasks(const int *fds, size_t n);

/* 1: the group or one below it has processes, 0: none, or no such group; -errno. */
int cgroup_is_populated(const struct cgroup_hierarchy *hierarchy, const char *path);

/* To every process of the group and below; a frozen group is thawed by SIGKILL. Missing groups are no error. */
int cgroup_kill(const struct cgroup_system *system, const char *path, struct err *e);
int cgroup_signal(const struct cgroup_system *system, const char *path, int signal, struct err *e);

/* Returns when every process stands still, or thaws again after ten seconds and fails. */
int cgroup_freeze(const struct cgroup_system *system, const char *path, bool frozen, struct err *e);

/* 1: frozen by itself, not only with one above it; 0: not, or no such group; -errno. */
int cgroup_is_frozen(const struct cgroup_system *system, const char *path);

/* The ids of all processes of the group and below, ascending; 0 or -errno. A missing group has none. */
struct cgroup_pids { pid_t *items; size_t n; };
int cgroup_pids(const struct cgroup_system *system, const char *path, struct cgroup_pids *ret);

/* Adds a phrase: which processes do not die, and where in the kernel they wait. */
void cgroup_blockers(const struct cgroup_system *system, const char *path, struct str *to);

/* Makes `owner` the owner of a v2 group and of its files that may be given away. */
int cgroup_delegate(const struct cgroup_system *system, const char *path, uid_t owner, struct err *e);

/* Removes the group from every hierarchy, the groups below it first. Waits for dying processes until `deadline`
 * (clock_boot). Missing groups are no error. */
int cgroup_remove(const struct cgroup_system *system, const char *path, int64_t deadline, struct err *e);

/* The hierarchy that has a v1 controller, or the v2 one if `controller` is among its controllers; NULL without. */
const struct cgroup_hierarchy *cgroup_find(const struct cgroup_system *system, const char *controller);

const struct cgroup_hierarchy *cgroup_unified(const struct cgroup_system *system); /* NULL: no v2 */

bool cgroup_is_v2_alone(const struct cgroup_system *system);

/* The groups of a process (0: the caller) one by one, a v1 hierarchy by its controllers, v2 by ""; until `visit` answers
 * with something else than 0, which is the result. -errno. */
typedef int (*cgroup_visit)(const char *controllers, const char *path, void *arg);
int cgroup_each_of(pid_t pid, cgroup_visit visit, void *arg);

/* The path of its group in one of them: 0 or -errno. */
int cgroup_path_of(pid_t pid, const struct cgroup_hierarchy *hierarchy, char to[static PATH_MAX]);

/* The path of a file of the group, or of the group (`file` NULL), in `to`, which is returned. */
char *cgroup_file(const struct cgroup_hierarchy *hierarchy, const char *path, const char *file,
		  char to[static PATH_MAX]);

/* Opens the group's directory in one hierarchy, O_PATH. */
int cgroup_open(const struct cgroup_hierarchy *hierarchy, const char *path);
