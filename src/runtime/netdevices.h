/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * linux.netDevices (config-linux.md, "Network Devices"): devices of the host go into the container's network namespace
 * with their addresses and are up there. They do not come back by us: what becomes of them belongs to the namespace.
 */

#include "oci/spec.h"

/* Before anything is made. */
int netdevices_check(const struct oci_spec *spec, struct err *e);

/* By the parent; `netns` is the container's. */
int netdevices_move(const struct oci_linux *linux_, int netns, struct err *e);
