/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Being told when the kernel kills for want of memory in a group. v1: an eventfd that is registered at memory.oom_control;
 * v2: inotify on memory.events, and on cgroup.events for the end, since a group's removal is not told. Or being told
 * afterwards, by the file that counts.
 */

#include "linux/cgroup.h"

struct cgroup_oom {
	int fd; /* readable: call cgroup_oom_read */
	bool v2;
	uint64_t kills;
	char dir[PATH_MAX]; /* of the group */
};

#define CGROUP_OOM_INIT { .fd = -EBADF }

int cgroup_oom_open(const struct cgroup_system *system, const char *path, struct cgroup_oom *ret, struct err *e);
void cgroup_oom_done(struct cgroup_oom *oom);

enum cgroup_oom_event { OOM_NOTHING, OOM_KILL, OOM_END /* the group is empty (v2) or gone (v1) */ };

/* What has happened since; does not wait. */
enum cgroup_oom_event cgroup_oom_read(struct cgroup_oom *oom);

/* The group's counter: a descriptor or -errno. The kernel counts a kill before the process can be seen to end. */
int cgroup_oom_counter(const struct cgroup_system *system, const char *path);
uint64_t cgroup_oom_count(int counter); /* kills so far; 0 of anything else, and when the group has gone. Takes no memory */
