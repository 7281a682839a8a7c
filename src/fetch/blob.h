/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs in the staging directory, blobs/HEX, and reading them back. A blob gets its name only when its bytes had the
 * digest and the size that were promised.
 */

#include <stdbool.h>

#include "archive/digest.h"
#include "archive/source.h"
#include "base/str.h"
#include "worker/job.h"

enum { BLOB_DOCUMENT_MAX = 4 << 20 /* a manifest, an index, a config */, BLOB_NAME = 160, BLOB_CHUNK = 128 << 10 };

/* What a descriptor promises. */
struct blob_promise {
	const char *what;   /* "layer", "config", "manifest": for errors */
	const char *digest; /* sha256:..., sha512:... */
	uint64_t size;	    /* UINT64_MAX: unknown */
};

/* A source that hands on what `from` gives, computes its digest and copies it to a file; blob_verify at its end. */
struct blob_reader {
	struct source source; /* read from this */
	struct source *from;
	const struct blob_promise *promise;
	struct digest digest;
	uint64_t seen;
	int file; /* borrowed; < 0: not stored */
	bool ended;
};

int blob_reader_init(struct blob_reader *r, struct source *from, const struct blob_promise *promise, int file,
		     struct err *e);
/* Reads what the consumer left (padding behind a compressed stream), then compares digest and size. */
int blob_verify(struct blob_reader *r, struct err *e);
void blob_reader_done(struct blob_reader *r);

/* A document: all of `from`, verified. */
int blob_read_document(struct source *from, const struct blob_promise *promise, struct str *to, struct err *e);

/* A file of this name in the staging directory, and giving it its final name blobs/HEX. */
int blob_create(const struct job_context *ctx, const char *name, struct err *e);
int blob_keep(const struct job_context *ctx, const char *name, const char *digest, struct err *e);

/* Stores a document under its digest. */
int blob_store(const struct job_context *ctx, const char *digest, const struct str *bytes, struct err *e);

/* Opens blobs/HEX for reading: the descriptor, or -1; ERR_NOT_FOUND names the blob. */
int blob_open(const struct job_context *ctx, const struct blob_promise *promise, struct err *e);
