/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is asked of a container that runs, and done to it, by its record and its cgroup. */

#include "linux/cgroup.h"
#include "linux/cgroup_oom.h"
#include "runtime/runtime.h"

struct runtime_update {
	const struct oci_resources *resources; /* what is not set stays as it is */
	char *l3_cache_schema, *mem_bw_schema; /* borrowed; of the container's resctrl group; NULL: as they are */
};

/* A stopped container is ERR_CONFLICT, "container not running", here and below. */
int runtime_update(struct runtime_root *root, const char *id, const struct runtime_update *update, struct err *e);

/* Returns when every process stands still. A paused container is not paused again, nor one that runs resumed. */
int runtime_pause(struct runtime_root *root, const char *id, struct err *e);
int runtime_resume(struct runtime_root *root, const char *id, struct err *e);

/* Appends one line of statistics, see stats.h. */
int runtime_stats(struct runtime_root *root, const char *id, struct str *to, struct err *e);

/* Every process of the container's cgroup, as this pid namespace numbers it. */
int runtime_pids(struct runtime_root *root, const char *id, struct cgroup_pids *ret, struct err *e);

int runtime_watch_oom(struct runtime_root *root, const char *id, struct cgroup_oom *ret, struct err *e);
