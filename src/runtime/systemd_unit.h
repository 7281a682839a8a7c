/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container as a transient unit of systemd: how its scope is called, and its properties as the words of
 * systemd/property.h. The numbers that systemd is told are those that resources.c writes to the kernel: it writes its own
 * copies again whenever it likes (a daemon-reload, a property set by hand).
 */

#include <sys/types.h>

#include "linux/cgroup_limits.h"
#include "oci/spec.h"

struct systemd_unit {
	char *slice, *name; /* "machine.slice", "lighter-ID.scope" */
};

/* From linux.cgroupsPath, "slice:prefix:name"; NULL or "" is the default slice (that of users' programs for `user`) and the
 * container's id. */
int systemd_unit_parse(const char *cgroups_path, const char *id, bool user, struct systemd_unit *ret, struct err *e);
void systemd_unit_done(struct systemd_unit *unit);

/* Everything that a new scope is told; its first process is `pid`. */
int systemd_unit_properties(const struct systemd_unit *unit, const struct oci_spec *spec, const char *id, pid_t pid,
			    const struct cgroup_system *cgroups, struct strv *to, struct err *e);

/* The limits alone, for a running one. `period` and `quota` that are not given are `now`'s. */
struct systemd_cpu_time { uint64_t period; int64_t quota; }; /* quota -1: unlimited */
int systemd_unit_limits(const struct oci_resources *resources, const struct systemd_cpu_time *now,
			const struct cgroup_system *cgroups, struct strv *to, struct err *e);
