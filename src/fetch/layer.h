/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One layer: bytes -> digest -> decompression -> diffID -> files in layers/HEX/root of the staging directory, in one
 * pass. Announces the special files and, when everything held, the layer. */

#include "fetch/blob.h"

struct layer {
	struct blob_promise blob;
	bool verified; /* its source ends only when the blob is what was promised */
	const char *diff_id;
	const char *media_type;
};

/* Can it be unpacked at all? Refuses by name what is encrypted and what is no layer of a root file system. */
int layer_check(const struct layer *layer, struct err *e);

int layer_unpack(const struct job_context *ctx, const struct layer *layer, struct source *from, struct err *e);
