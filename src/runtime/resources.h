/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* linux.resources as limits and device rules of a cgroup. */

#include "linux/cgroup.h"
#include "oci/spec.h"

int resources_apply(const struct cgroup_system *system, const char *path, const struct oci_resources *resources,
		    struct err *e);
