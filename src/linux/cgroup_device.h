/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which devices the processes of a group may read, write and make. Of each right the last rule that speaks of it
 * decides; what no rule speaks of is denied. v1: the devices controller, whose list is brought from what it is to what
 * the rules say; v2: a BPF program, exchanged in one step.
 */

#include "linux/cgroup.h"

struct cgroup_device {
	bool allow;
	char type;	      /* 'a', 'b', 'c' */
	int64_t major, minor; /* -1: any */
	bool read, write, mknod;
};

/* No rules: nothing is done. `v2`: the group's directory there, where it is open already, or -EBADF. */
int cgroup_devices(const struct cgroup_system *system, const char *path, int v2, const struct cgroup_device *rules,
		   size_t n, struct err *e);

/* The two ways, on a group's directory. v1 cannot take one device out of a rule for many: ERR_UNSUPPORTED. */
int cgroup_devices_v1(int dir, const struct cgroup_device *rules, size_t n, struct err *e);
int cgroup_devices_v2(int dir, const struct cgroup_device *rules, size_t n, struct err *e);

/* The program alone, on the heap; NULL when out of memory. */
struct bpf_insn;
struct bpf_insn *cgroup_device_program(const struct cgroup_device *rules, size_t n, size_t *ret_len);
