/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a configuration must have when an ordinary user creates the container (as runc checks it). */

#include "oci/spec.h"

int rootless_check(const struct oci_spec *spec, struct err *e);
