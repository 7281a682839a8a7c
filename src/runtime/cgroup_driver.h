/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who makes a container's cgroup: we, in the cgroup file systems, or systemd, as a scope, or nobody. A created container's record says
 * which (state.unit), so that later calls need no option.
 */

#include "runtime/container.h"

struct cgroup_driver {
	const char *name;
	/* Decides from linux.cgroupsPath what the record says, before anything exists. */
	int (*place)(struct container *c, struct err *e);
	/* Makes the group that the first process is to be born in; NULL: there is none before that process. */
	int (*make)(struct container *c, struct err *e);
	/* Makes the group of the first process, which exists and waits; c->state.cgroup is known afterwards. */
	int (*enter)(struct container *c, struct err *e);
	/* Moves a further process there, which we may not do ourselves. May be NULL. */
	int (*attach)(const struct runtime_root *root, const struct state *state, pid_t pid, struct err *e);
	/* Tells the limits to whoever writes them again later; the files are the caller's. May be NULL. */
	int (*update)(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
		      const struct oci_resources *resources, struct err *e);
	/* All of its processes are killed; what is left of the group goes, whatever of it there is. */
	int (*remove)(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
		      int64_t deadline, struct err *e);
};

extern const struct cgroup_driver cgroup_driver_cgroupfs, cgroup_driver_systemd, cgroup_driver_none;

static inline const struct cgroup_driver *cgroup_driver_of(const struct state *state)
{
	if (state->unit)
		return &cgroup_driver_systemd;
	return state->cgroup ? &cgroup_driver_cgroupfs : &cgroup_driver_none;
}
