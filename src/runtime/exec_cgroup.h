/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* In which groups a further process of a container is born: those of the container, or some below them by name. */

#include "base/vec.h"
#include "linux/cgroup.h"
#include "runtime/state.h"

struct exec_cgroup {
	int tasks[CGROUP_HIERARCHIES];
	size_t n_tasks;
	int v2;	    /* -EBADF: no v2 */
	bool exact; /* `v2` was asked for: nothing else will do */
};

#define EXEC_CGROUP_INIT { .v2 = -EBADF }

/* `wanted` is what runc's --cgroup takes: one path below the container's v2 group, or CONTROLLER[,CONTROLLER]:PATH for each
 * of v1. Nothing above the container's own group can be said. */
int exec_cgroup_open(const struct cgroup_system *system, const struct state *state, const struct strv *wanted,
		     struct exec_cgroup *ret, struct err *e);
void exec_cgroup_done(struct exec_cgroup *group);
