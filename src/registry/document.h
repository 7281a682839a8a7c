/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A manifest or an index as a client pushes it: what the registry has to know of it, and what it refuses. Pure. OCI image
 * specification 1.1 (subject, artifactType, descriptors with data, non-distributable layers) and Docker's schema 2.
 */

#include <stdbool.h>

#include "base/decode.h"

enum {
	DOCUMENT_MAX = 4 << 20,	  /* bytes: what the specification wants to be possible at least */
	DOCUMENT_VALUES = 100000, /* of JSON: bounds the memory that reading takes */
};

struct document_reference {
	char *media_type, *digest;
	uint64_t size;
	struct strv urls;
};

struct document_references {
	struct document_reference *items;
	size_t n;
};

struct document {
	uint32_t schema_version;
	char *media_type; /* set in any case: the document's own, else the one it was sent with */
	char *artifact_type; /* as a referrer is listed: a manifest without one has its config's media type; may be NULL */
	struct document_reference config, subject; /* subject.digest NULL: none */
	struct document_references layers, manifests;
	struct strmap annotations;
	bool is_index;
};

/* `type`: the request's Content-Type without parameters, "" when there is none. */
int document_parse(const char *text, size_t len, const char *type, struct document *ret, struct err *e);
void document_done(struct document *document);

/* May the registry do without the bytes of this layer? */
bool document_is_foreign(const struct document_reference *layer);
