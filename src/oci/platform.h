/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Platforms as images name them. */

#include <stdbool.h>

#include "base/decode.h"

struct oci_platform {
	char *os, *architecture, *variant;
};

extern const struct decode_table oci_platform_table;

/* Can this machine run it? */
bool oci_platform_matches(const struct oci_platform *p);
const char *oci_platform_architecture(void); /* of this build: "amd64", "arm64" */
