/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* linux.resources as limits and device rules of a cgroup. */

#include "linux/cgroup_device.h"
#include "linux/cgroup_limits.h"
#include "oci/spec.h"

/* What a later update must know and no kernel file says; kept in the container's record. */
struct resources_memo {
	struct opt_i64 memory_swap; /* memory + swap as last asked for */
	uint32_t device_rules;	    /* digest of those that were applied */
};

/* Are the values such that some machine could take them? An error names the field by its JSON path. */
int resources_check(const struct oci_resources *resources, struct err *e);
int resources_check_rdt(const struct oci_intel_rdt *rdt, struct err *e);

/* The same numbers in the words of linux/; what points somewhere points into `resources`. */
void resources_limits(const struct oci_resources *resources, struct cgroup_limits *to);

/* The document's device rules, then the defaults unless all is allowed; `resources` NULL: the defaults alone. */
struct resources_rules { struct cgroup_device *items; size_t n; };
int resources_rules(const struct oci_resources *resources, struct resources_rules *ret, struct err *e);
void resources_rules_done(struct resources_rules *rules);
bool resources_is_everything(const struct cgroup_device *rule);

/* Is anything asked for that only a cgroup can give? Device rules do not count: who may not make devices needs none. */
bool resources_are_limits(const struct oci_resources *resources);

/* A new group's: `resources` may be NULL, then only the default devices are allowed. `v2`: its directory there, where it
 * is open already, or -EBADF. */
int resources_apply(const struct cgroup_system *system, const char *path, int v2, const struct oci_resources *resources,
		    struct resources_memo *memo, struct err *e);

/* A running container's: what is not given stays as it is. */
int resources_update(const struct cgroup_system *system, const char *path, const struct oci_resources *resources,
		     struct resources_memo *memo, struct err *e);
