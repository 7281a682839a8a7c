/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The media type decides how a document is read, so it must have one only: what the request says, what the document says
 * and what its members are have to agree (CVE-2021-41190).
 */

#include "registry/document.h"

#include <string.h>

#include "oci/manifest.h"
#include "registry/digest.h"

enum { TYPE_MAX = 255 };

#define REFERENCE(name, member, kind, ...) DECODE_ROW(struct document_reference, name, member, kind, ##__VA_ARGS__)
#define DOCUMENT(name, member, kind, ...) DECODE_ROW(struct document, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(reference_table, struct document_reference,
	REFERENCE("mediaType", media_type, DECODE_STRING),
	REFERENCE("digest", digest, DECODE_STRING, .flags = DECODE_REQUIRED),
	REFERENCE("size", size, DECODE_U64, .flags = DECODE_REQUIRED),
	REFERENCE("urls", urls, DECODE_STRV),
);

PRIVATE_TABLE(document_table, struct document,
	DOCUMENT("schemaVersion", schema_version, DECODE_U32, .flags = DECODE_REQUIRED),
	DOCUMENT("mediaType", media_type, DECODE_STRING),
	DOCUMENT("artifactType", artifact_type, DECODE_STRING),
	DOCUMENT("config", config, DECODE_OBJECT, .table = &reference_table),
	DOCUMENT("subject", subject, DECODE_OBJECT, .table = &reference_table),
	DOCUMENT("layers", layers, DECODE_ARRAY, .table = &reference_table),
	DOCUMENT("manifests", manifests, DECODE_ARRAY, .table = &reference_table),
	DOCUMENT("annotations", annotations, DECODE_STRMAP),
);

static const struct {
	const char *type;
	bool is_index;
} types[] = {
	{ OCI_TYPE_MANIFEST, false }, { DOCKER_TYPE_MANIFEST, false }, { OCI_TYPE_INDEX, true }, { DOCKER_TYPE_INDEX, true },
};

void document_done(struct document *document)
{
	decode_done(&document_table, document);
}

static int count_values(const char *text, size_t len, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return n <= DOCUMENT_VALUES ? 0 : err_set(e, ERR_INVALID, "the manifest has more than %d values", DOCUMENT_VALUES);
}

static int check_reference(const struct document_reference *r, const char *what, struct err *e)
{
	struct digest digest;

	if (digest_parse(r->digest, &digest) < 0)
		return err_set(e, ERR_INVALID, "%s has digest '%.200s', which is none of sha256 or sha512", what, r->digest);
	return 0;
}

static int check_references(const struct document *d, struct err *e)
{
	if (d->subject.digest && check_reference(&d->subject, "the subject", e) < 0)
		return -1;
	if (d->config.digest && check_reference(&d->config, "the config", e) < 0)
		return -1;
	for (size_t i = 0; i < d->layers.n; i++)
		if (check_reference(&d->layers.items[i], "a layer", e) < 0)
			return -1;
	for (size_t i = 0; i < d->manifests.n; i++)
		if (check_reference(&d->manifests.items[i], "an entry of 'manifests'", e) < 0)
			return -1;
	return 0;
}

/* Types that say nothing about the document: curl's and browsers'. */
static bool is_vague(const char *type)
{
	return !type[0] || str_eq(type, "application/json") || str_eq(type, "application/octet-stream");
}

static int check_type(struct document *d, const char *type, struct err *e)
{
	const char *theirs = d->media_type ? d->media_type : type;

	if (d->media_type && !is_vague(type) && !str_eq(d->media_type, type))
		return err_set(e, ERR_INVALID, "the manifest is '%.200s', it was sent as '%.200s'", d->media_type, type);
	if (is_vague(theirs))
		theirs = d->is_index ? OCI_TYPE_INDEX : OCI_TYPE_MANIFEST;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!str_eq(types[i].type, theirs))
			continue;
		if (types[i].is_index != d->is_index)
			return err_set(e, ERR_INVALID, "a document with %s is sent as '%s'", d->is_index ? "'manifests'" : "'layers'",
				       theirs);
		if (d->media_type)
			return 0;
		d->media_type = strdup(theirs);
		return d->media_type ? 0 : err_nomem(e);
	}
	return err_set(e, ERR_UNSUPPORTED, "media type '%.200s' is not supported", theirs);
}

static int complete(struct document *d, const char *type, struct err *e)
{
	if (d->schema_version != 2)
		return err_set(e, ERR_UNSUPPORTED, "schemaVersion %u is not supported", d->schema_version);
	if (!d->is_index && !d->config.digest)
		return err_set(e, ERR_INVALID, "the manifest has no config");
	if (check_type(d, type, e) < 0 || check_references(d, e) < 0)
		return -1;
	if (d->artifact_type && !d->artifact_type[0]) {
		free(d->artifact_type);
		d->artifact_type = NULL;
	}
	if (!d->artifact_type && d->config.media_type && !d->is_index) {
		d->artifact_type = strdup(d->config.media_type);
		if (!d->artifact_type)
			return err_nomem(e);
	}
	if (d->artifact_type && strlen(d->artifact_type) > TYPE_MAX)
		return err_set(e, ERR_INVALID, "the artifact's type is longer than %d bytes", TYPE_MAX);
	return 0;
}

int document_parse(const char *text, size_t len, const char *type, struct document *ret, struct err *e)
{
	struct document d;
	int kind;

	if (len > DOCUMENT_MAX)
		return err_set(e, ERR_EXHAUSTED, "the manifest is larger than %d bytes", DOCUMENT_MAX);
	if (count_values(text, len, e) < 0)
		return -1;
	kind = oci_manifest_kind(text, len, e);
	if (kind < 0 || decode_text(&document_table, text, len, &d, e) < 0)
		return -1;
	d.is_index = kind == 1;
	if (complete(&d, type, e) < 0) {
		document_done(&d);
		return -1;
	}
	*ret = d;
	return 0;
}

bool document_is_foreign(const struct document_reference *layer)
{
	return layer->urls.n && layer->media_type &&
	       (strstr(layer->media_type, ".nondistributable.") || strstr(layer->media_type, ".foreign."));
}
