/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The image config document (OCI image specification, config.md). */

#include "base/decode.h"

/* A JSON object whose keys alone count: ExposedPorts, Volumes. */
struct oci_set { struct strv keys; };

struct oci_image_runtime {
	char *user, *working_dir, *stop_signal;
	struct oci_set exposed_ports, volumes;
	struct strv env, entrypoint, cmd;
	struct strmap labels;
};

struct oci_image_rootfs {
	char *type;
	struct strv diff_ids;
};

struct oci_image_history {
	char *created, *created_by, *author, *comment;
	bool empty_layer;
};

struct oci_image_config {
	char *created, *author, *architecture, *os, *variant;
	struct oci_image_runtime config;
	struct oci_image_rootfs rootfs;
	struct { struct oci_image_history *items; size_t n; } history;
};

extern const struct decode_table oci_image_config_table;
int oci_image_config_parse(const char *text, size_t len, struct oci_image_config *ret, struct err *e);
