/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A foreign image config, already decoded, as our own record. Pure. */

#include "formats/image_record.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

int parse_image(const struct oci_image_config *config, const struct oci_manifest *manifest, const char *manifest_digest,
		const char *manifest_type, uint64_t manifest_size, struct image_record *ret, struct err *e);
