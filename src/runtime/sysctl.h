/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * linux.sysctl: kernel parameters that a namespace of the container's own holds, and no others. Both spellings are read,
 * as sysctl(8) does: the first separator of a key decides, so that "net/ipv4/conf/eth0.1/forwarding" and
 * "net.ipv4.conf.eth0/1.forwarding" are one.
 */

#include "oci/spec.h"

/* Before anything is made: each key is known to belong to a namespace that the container does not share with us. */
int sysctl_check(const struct oci_spec *spec, struct err *e);

/* By a process in the container's namespaces that still sees our /proc. */
int sysctl_apply(const struct oci_linux *linux_, struct err *e);
