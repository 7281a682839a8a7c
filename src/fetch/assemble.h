/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a manifest to an image: config and layers fetched through the one way that pull and load differ in. */

#include "base/vec.h"
#include "fetch/blob.h"

enum { ASSEMBLE_LAYERS_MAX = 512 };

/* Where blobs come from. */
struct blob_origin {
	/* A blob to be read; the source stays valid until the next call. */
	int (*get)(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e);
	/* Told of every layer before the first is read, so that several can come at once; `urls`: of a foreign layer. NULL:
	 * there is nothing to prepare. */
	int (*announce)(struct blob_origin *origin, const struct blob_promise *promise, const struct strv *urls, struct err *e);
	bool stored; /* its blobs are in the staging directory already; otherwise it stores layers itself, verified */
};

struct assembly {
	const struct job_context *ctx;
	struct blob_origin *origin;
	const struct strv *names; /* of the image; may be empty */
	const char *manifest_digest;
	const char *manifest_type; /* media type by the descriptor or the answer; NULL: as the document says */
	const struct str *manifest;
	/* Layers and blobs that this job has unpacked already, shared by its images: a second time would take the directory
	 * from under the client, who is told of the first. NULL: the job has one image. */
	struct strv *unpacked;
	bool packed; /* a copy: layers are compared with their descriptors and left as they are */
};

/* Unpacks what is missing and announces the image. */
int assemble_image(const struct assembly *a, struct err *e);
