/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mounts of a container whose source lies outside of it: binds, what is mounted below their sources, and its cgroups.
 * criu saves a name for each, the destination in the configuration, and is told at the restore what has that name.
 */

#include "linux/cgroup.h"
#include "runtime/state.h"

/* `root`: a descriptor of the running container's root. */
int criu_mounts_save(const struct state *state, const struct oci_spec *spec, const struct cgroup_system *cgroups, int root,
		     struct str *options, struct err *e);

/* `root`: the directory that becomes the root; mount points that are missing in it are made. */
int criu_mounts_restore(const struct state *state, const struct oci_spec *spec, const struct cgroup_system *cgroups,
			int root, struct str *options, struct err *e);
