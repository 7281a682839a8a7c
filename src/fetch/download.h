/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs of a registry on their way into the staging directory, several at once. Each is written to partial/HEX as it
 * comes and gets its name blobs/HEX when it is whole and has its digest; what a killed pull had left in partial/ is the
 * beginning. A download can be read while it grows, and whoever reads lets all the others go on.
 */

#include "fetch/blob.h"
#include "fetch/registry.h"

struct download;

struct downloads {
	const struct job_context *ctx;
	struct registry *registry;
	struct download *items; /* room for all of them; sources point into it */
	size_t n, room;
};

void downloads_done(struct downloads *d);

/* Makes room for `n` of them, once. */
int downloads_expect(struct downloads *d, size_t n, struct err *e);

/* One more; `promise` and `urls` (of a foreign layer, NULL otherwise) are borrowed. A blob that is there already is not
 * added twice. */
int downloads_add(struct downloads *d, const struct blob_promise *promise, const struct strv *urls, struct err *e);

/* The blob from its beginning; its end comes when its digest and size are right and it is blobs/HEX, not before. */
int downloads_read(struct downloads *d, const char *digest, struct source **ret, struct err *e);
