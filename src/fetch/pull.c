/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From a reference to an image: the manifest by tag or digest, through indexes where there are any, then everything else
 * by digest. The digest of a tag's manifest is what its bytes give; what the registry's header says must be the same.
 * Mirrors are asked in turn until one has the manifest; all else comes from that one.
 */

#include <string.h>

#include "base/own.h"
#include "base/weaken.h"
#include "fetch/assemble.h"
#include "fetch/download.h"
#include "fetch/jobs.h"
#include "fetch/registry.h"
#include "formats/image_record.h"
#include "oci/manifest.h"
#include "oci/ref.h"

enum { NESTED_INDEXES = 4, TYPE_MAX = 128 };

static const char accept[] = OCI_TYPE_MANIFEST ", " OCI_TYPE_INDEX ", " DOCKER_TYPE_MANIFEST ", " DOCKER_TYPE_INDEX;

struct pull {
	struct blob_origin origin; /* first: blobs come from the registry */
	const struct job_context *ctx;
	struct oci_ref ref;
	struct oci_platform platform;
	struct registry registry;
	struct downloads downloads;
	struct str document;
	struct source_text { struct source source; struct str *text; size_t at; } body;
};

/* A manifest or an index as it came. */
struct found {
	struct str text;
	char digest[DIGEST_TEXT], type[TYPE_MAX]; /* type: of the answer's header */
};

static void found_done(struct found *f)
{
	str_done(&f->text);
}

static void pull_done(struct pull *p)
{
	downloads_done(&p->downloads);
	registry_done(&p->registry);
	oci_platform_done(&p->platform);
	oci_ref_done(&p->ref);
	str_done(&p->document);
}

/* ---- blobs ---- */

static ssize_t text_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct source_text *body = (struct source_text *)s;
	size_t left = body->text->len - body->at, n = len < left ? len : left;

	memcpy(to, str_text(body->text) + body->at, n);
	body->at += n;
	return (ssize_t)n;
}

/* The config: small, and wanted before anything else. */
static int open_document(struct pull *p, const struct blob_promise *promise, struct source **ret, struct err *e)
{
	autofree char *path = str_format("blobs/%s", promise->digest);
	autofree char *what = str_format("%s '%.200s'", promise->what, promise->digest);
	struct registry_call call = { .registry = &p->registry, .what = what };
	int r;

	if (!path || !what)
		return err_nomem(e);
	if (!image_digest_valid(promise->digest))
		return err_set(e, ERR_INVALID, "%s: '%.100s' is not a sha256 digest", promise->what, promise->digest);
	str_clear(&p->document);
	r = registry_document(&call, path, BLOB_DOCUMENT_MAX, &p->document, e);
	registry_call_done(&call);
	if (r < 0)
		return -1;
	p->body = (struct source_text){ .source = { .read = text_read }, .text = &p->document };
	*ret = &p->body.source;
	return 0;
}

static int announce_blob(struct blob_origin *origin, const struct blob_promise *promise, const struct strv *urls,
			 struct err *e)
{
	struct pull *p = (struct pull *)origin;

	return downloads_add(&p->downloads, promise, urls, e);
}

static int open_blob(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e)
{
	struct pull *p = (struct pull *)origin;

	if (!str_eq(promise->what, "layer"))
		return open_document(p, promise, ret, e);
	return downloads_read(&p->downloads, promise->digest, ret, e);
}

/* ---- manifests ---- */

static int check_digest(const struct found *f, const char *what, const char *said_by, const char *digest, struct err *e)
{
	char other[DIGEST_TEXT];

	if (!image_digest_valid(digest))
		return err_set(e, ERR_INVALID, "%s: %s is '%.100s', which is no digest", what, said_by, digest);
	if (digest_of_as(digest, str_text(&f->text), f->text.len, other, e) < 0)
		return -1;
	if (str_eq(digest, other) || weakened("digest-check"))
		return 0;
	return err_set(e, ERR_INVALID, "%s: %s is '%s', its content has the digest '%s'", what, said_by, digest, other);
}

static int check_manifest(struct found *f, const char *what, const char *reference, const char *header, struct err *e)
{
	bool by_digest = strchr(reference, ':');

	if (by_digest && check_digest(f, what, "what was asked for", reference, e) < 0)
		return -1;
	if (header[0] && check_digest(f, what, "the registry's digest", header, e) < 0)
		return -1;
	return digest_of_as(by_digest ? reference : "sha256:", str_text(&f->text), f->text.len, f->digest, e);
}

static int get_manifest(struct pull *p, const char *reference, struct found *ret, struct err *e)
{
	autofree char *path = str_format("manifests/%s", reference), *what = str_format("manifest '%s'", reference);
	struct registry_call call = { .registry = &p->registry, .what = what, .request = { .accept = accept } };
	int r;

	if (!path || !what)
		return err_nomem(e);
	str_clear(&ret->text);
	ret->type[0] = '\0';
	r = registry_document(&call, path, BLOB_DOCUMENT_MAX, &ret->text, e);
	if (r == 0) {
		size_t n = strcspn(call.answer.content_type, "; ");

		if (n < sizeof(ret->type)) {
			memcpy(ret->type, call.answer.content_type, n);
			ret->type[n] = '\0';
		}
		r = check_manifest(ret, what, reference, call.answer.content_digest, e);
	}
	registry_call_done(&call);
	return r;
}

static bool is_index_type(const char *type)
{
	return type && (str_eq(type, OCI_TYPE_INDEX) || str_eq(type, DOCKER_TYPE_INDEX));
}

static const struct oci_descriptor *choose(const struct pull *p, const struct oci_index *index)
{
	const struct oci_descriptor *best = NULL;
	unsigned score = 0;

	for (size_t i = 0; i < index->manifests.n; i++) {
		const struct oci_descriptor *d = &index->manifests.items[i];
		unsigned s = is_index_type(d->media_type) ? 0 : oci_platform_score(&p->platform, &d->platform);

		if (s > score) {
			best = d;
			score = s;
		}
	}
	return best;
}

static int no_platform(const struct pull *p, struct err *e)
{
	autostr struct str text = STR_INIT;

	oci_platform_print(&p->platform, &text);
	return err_set(e, ERR_NOT_FOUND, "the image has no manifest for %s", str_text(&text));
}

static int resolve_index(struct pull *p, struct found *f, unsigned depth, struct err *e);

static int enter(struct pull *p, const struct oci_descriptor *d, struct found *f, struct err *e)
{
	if (!image_digest_valid(d->digest))
		return err_set(e, ERR_INVALID, "index: '%.100s' is not a sha256 digest", d->digest);
	if (get_manifest(p, d->digest, f, e) < 0)
		return -1;
	if (f->text.len == d->size)
		return 0;
	return err_set(e, ERR_INVALID, "manifest '%s': %zu bytes instead of the promised %llu", d->digest, f->text.len,
		       (unsigned long long)d->size);
}

/* 0: *f is a manifest, 1: there is none of our platform, -1. */
static int search_index(struct pull *p, const struct oci_index *index, struct found *f, unsigned depth, struct err *e)
{
	const struct oci_descriptor *best = choose(p, index);

	if (best)
		return enter(p, best, f, e);
	for (size_t i = 0; i < index->manifests.n; i++) {
		const struct oci_descriptor *d = &index->manifests.items[i];
		int r;

		if (!is_index_type(d->media_type) || (d->platform.os && !oci_platform_score(&p->platform, &d->platform)))
			continue;
		if (depth == NESTED_INDEXES)
			return err_set(e, ERR_INVALID, "indexes in indexes, more than %d deep", NESTED_INDEXES);
		r = enter(p, d, f, e);
		if (r == 0)
			r = resolve_index(p, f, depth + 1, e);
		if (r != 1)
			return r;
	}
	return 1;
}

/* Goes through an index to the manifest of the platform that is wanted. */
static int resolve_index(struct pull *p, struct found *f, unsigned depth, struct err *e)
{
	struct oci_index index;
	int r = oci_manifest_kind(str_text(&f->text), f->text.len, e);

	if (r < 0)
		return err_prefix(e, "manifest '%s'", f->digest);
	if (r == 0)
		return 0;
	if (oci_index_parse(str_text(&f->text), f->text.len, &index, e) < 0)
		return err_prefix(e, "index '%s'", f->digest);
	r = search_index(p, &index, f, depth, e);
	decode_done(&oci_index_table, &index);
	return r;
}

/* ---- the job ---- */

static int pull_image(struct pull *p, struct found *f, struct err *e)
{
	static const struct strv no_names = STRV_INIT;
	int r = resolve_index(p, f, 0, e);

	if (r != 0)
		return r < 0 ? -1 : no_platform(p, e);
	if (downloads_expect(&p->downloads, ASSEMBLE_LAYERS_MAX, e) < 0)
		return -1;
	p->downloads.ctx = p->ctx;
	p->downloads.registry = &p->registry;
	return assemble_image(
		&(struct assembly){
			.ctx = p->ctx,
			.origin = &p->origin,
			.names = &no_names,
			.manifest_digest = f->digest,
			.manifest_type = f->type[0] ? f->type : NULL,
			.manifest = &f->text,
		}, e);
}

/* The first endpoint that has the manifest. */
static int find_manifest(struct pull *p, const char *reference, struct found *f, struct err *e)
{
	const struct worker_network *network = &p->ctx->request.network;

	for (size_t i = 0; i < network->endpoints.n; i++) {
		registry_done(&p->registry);
		if (registry_connect(network, &network->endpoints.items[i], &p->registry, e) == 0 &&
		    get_manifest(p, reference, f, e) == 0)
			return 0;
	}
	return network->endpoints.n ? -1 : err_set(e, ERR_INTERNAL, "there is no registry to ask");
}

static int pull_reference(struct pull *p, struct err *e)
{
	const char *reference = p->ref.digest ? p->ref.digest : p->ref.tag;
	autofree char *from = str_format("Pulling from %s", p->ref.repository);
	cleanup(found_done) struct found f = { .text = STR_INIT };

	if (!from)
		return err_nomem(e);
	if (find_manifest(p, reference, &f, e) < 0 || job_progress(p->ctx, reference, from, 0, 0, e) < 0)
		return -1;
	return pull_image(p, &f, e);
}

int fetch_pull(struct job_context *ctx, struct err *e)
{
	cleanup(pull_done) struct pull p = { .origin = { .get = open_blob, .announce = announce_blob }, .ctx = ctx };
	const struct worker_request *request = &ctx->request;

	if (!request->reference)
		return err_set(e, ERR_INVALID, "there is no reference to pull");
	if (oci_ref_parse(request->reference, &p.ref, e) < 0 ||
	    oci_platform_parse(request->platform ? request->platform : "linux", &p.platform, e) < 0)
		return -1;
	return pull_reference(&p, e);
}
