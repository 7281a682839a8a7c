/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our own record of an image's configuration: fixed, strict, versioned. The worker makes it from the foreign config JSON
 * and the store keeps it as text, so that `run` never parses a registry's document.
 *
 * Invariants of a record that image_record_parse accepted: id, manifest, every layer and every blob are
 * "sha256:" + 64 lower-case hexadecimal digits; the manifest and the config are among the blobs.
 */

#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/vec.h"

enum { IMAGE_RECORD_VERSION = 1, IMAGE_RECORD_MAX = 4 << 20 /* bytes of JSON */ };

/* What the config says of how the image was made. */
struct image_history {
	char *created; /* RFC 3339 */
	char *created_by, *author, *comment;
	bool empty_layer; /* the step made no layer */
};

struct image_record {
	uint32_t version;
	char *id;	/* sha256:... of the config, as Docker <= 28 shows it */
	char *manifest; /* digest of the manifest */
	char *manifest_type; /* its media type */
	uint64_t manifest_size;
	char *architecture, *os, *variant;
	char *created; /* RFC 3339, as the config says */
	char *author;
	struct strv entrypoint, cmd, env;
	char *user, *working_dir, *stop_signal;
	struct strmap labels;
	struct strv exposed_ports, volumes;
	struct strv layers;   /* diffIDs, bottom first */
	struct strv blobs;    /* digests of manifest, config, layers as stored in images/blobs, each once */
	struct strv layer_blobs; /* the manifest's layers, bottom first: as many as `layers` */
	struct { struct image_history *items; size_t n; } history; /* oldest first */
	uint64_t size;	      /* bytes of all unpacked layers */
	uint32_t greatest_id; /* greatest uid or gid in any layer */
};

extern const struct decode_table image_record_table;
void image_record_done(struct image_record *record);

/* Appends the record as compact JSON. */
void image_record_print(const struct image_record *record, struct str *to);
int image_record_parse(const char *text, size_t len, struct image_record *ret, struct err *e);

/* Is `text` "sha256:" and 64 lower-case hexadecimal digits? Its digits are then a safe file name. */
bool image_digest_valid(const char *text);
const char *image_digest_hex(const char *digest); /* borrowed: behind the colon */
