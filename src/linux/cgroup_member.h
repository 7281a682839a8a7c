/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One process and its groups: for processes that somebody else has put somewhere. */

#include "linux/cgroup.h"

/* The path, on the heap, of the group that a process is in: that of v2 where it is mounted, else that which systemd made
 * (name=systemd). -ENOENT when neither is mounted, or -errno. */
int cgroup_of_process(const struct cgroup_system *system, pid_t pid, char **ret);
/* The same in the text of /proc/PID/cgroup. */
int cgroup_of_process_parse(const char *text, bool v2, char **ret);

/* Moves a process to the group in every hierarchy. On v1 each takes 10 ms: a child that can move itself does it better. */
int cgroup_move_process(const struct cgroup_system *system, const char *path, pid_t pid, struct err *e);

/* What a group has: quota -1 is unlimited. 0 or -errno. */
int cgroup_cpu_time(const struct cgroup_system *system, const char *path, int64_t *ret_quota, uint64_t *ret_period);
