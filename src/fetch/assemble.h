/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a manifest to an image: config and layers fetched through the one way that pull and load differ in. */

#include "base/vec.h"
#include "fetch/blob.h"

/* Where blobs come from. */
struct blob_origin {
	/* A blob to be read; the source stays valid until the next call. */
	int (*get)(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e);
	bool stored; /* its blobs are in the staging directory already */
};

struct assembly {
	const struct job_context *ctx;
	struct blob_origin *origin;
	const struct strv *names; /* of the image; may be empty */
	const char *manifest_digest;
	const char *manifest_type; /* media type by the descriptor or the answer; NULL: as the document says */
	const struct str *manifest;
};

/* Unpacks what is missing and announces the image. */
int assemble_image(const struct assembly *a, struct err *e);
