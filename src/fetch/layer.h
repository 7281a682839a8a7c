/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One layer: bytes -> digest -> decompression -> diffID -> files in layers/HEX/root of the staging directory, in one
 * pass. Announces the special files and, when everything held, the layer. */

#include "fetch/blob.h"

struct layer {
	struct blob_promise blob;
	const char *diff_id;
	const char *media_type;
};

/* `file` < 0: the blob is not stored again. */
int layer_unpack(const struct job_context *ctx, const struct layer *layer, struct source *from, int file, struct err *e);
