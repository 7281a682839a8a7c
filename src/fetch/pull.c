/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From a reference to an image: the manifest by tag or digest, through an index where there is one, then everything else
 * by digest. The digest of a tag's manifest is what its bytes give; what the registry's header says must be the same.
 */

#include <string.h>

#include "base/own.h"
#include "base/weaken.h"
#include "fetch/assemble.h"
#include "fetch/jobs.h"
#include "fetch/registry.h"
#include "formats/image_record.h"
#include "oci/manifest.h"
#include "oci/ref.h"

static const char accept[] = OCI_TYPE_MANIFEST ", " OCI_TYPE_INDEX ", " DOCKER_TYPE_MANIFEST ", " DOCKER_TYPE_INDEX;

struct pull {
	struct blob_origin origin; /* first: blobs come from the registry */
	const struct job_context *ctx;
	struct oci_ref ref;
	struct registry registry;
	struct source body;
};

static void pull_done(struct pull *p)
{
	registry_done(&p->registry);
	oci_ref_done(&p->ref);
}

static ssize_t body_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct pull *p = (struct pull *)((char *)s - offsetof(struct pull, body));

	return transport_read(p->registry.transport, to, len, e);
}

static int open_blob(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e)
{
	struct pull *p = (struct pull *)origin;
	autofree char *path = str_format("blobs/%s", promise->digest), *what = NULL;
	struct transport_response response;

	what = str_format("%s '%s'", promise->what, promise->digest);
	if (!path || !what)
		return err_nomem(e);
	if (!image_digest_valid(promise->digest))
		return err_set(e, ERR_INVALID, "%s: '%.100s' is not a sha256 digest", promise->what, promise->digest);
	if (registry_get(&p->registry, what, path, NULL, &response, e) < 0)
		return -1;
	*ret = &p->body;
	return 0;
}

/* A manifest or index by tag or digest; *ret_type is borrowed from the transport. */
static int get_manifest(struct pull *p, const char *reference, struct str *to, char ret_digest[static DIGEST_TEXT],
			struct err *e)
{
	autofree char *path = str_format("manifests/%s", reference), *what = str_format("manifest '%s'", reference);
	struct transport_response response;

	if (!path || !what)
		return err_nomem(e);
	if (registry_get(&p->registry, what, path, accept, &response, e) < 0)
		return -1;
	if (transport_read_all(p->registry.transport, BLOB_DOCUMENT_MAX, to, e) < 0)
		return err_prefix(e, "%s", what);
	if (digest_of(str_text(to), to->len, ret_digest, e) < 0)
		return -1;
	if (weakened("digest-check"))
		return 0;
	if (image_digest_valid(reference) && !str_eq(reference, ret_digest))
		return err_set(e, ERR_INVALID, "%s: its content has the digest '%s'", what, ret_digest);
	if (response.content_digest[0] && !str_eq(response.content_digest, ret_digest))
		return err_set(e, ERR_INVALID, "%s: the registry says digest '%.100s', its content has '%s'", what,
			       response.content_digest, ret_digest);
	return 0;
}

static int choose(const struct oci_index *index, const char **ret, struct err *e)
{
	for (size_t i = 0; i < index->manifests.n; i++) {
		const struct oci_descriptor *d = &index->manifests.items[i];

		if (!oci_platform_matches(&d->platform))
			continue;
		if (!image_digest_valid(d->digest))
			return err_set(e, ERR_INVALID, "index: '%.100s' is not a sha256 digest", d->digest);
		*ret = d->digest;
		return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "the image has no manifest for linux/%s", oci_platform_architecture());
}

/* Goes through an index to the manifest of this machine. */
static int resolve_index(struct pull *p, struct str *text, char digest[static DIGEST_TEXT], struct err *e)
{
	struct oci_index index;
	const char *chosen = NULL;
	int r;

	if (oci_index_parse(str_text(text), text->len, &index, e) < 0)
		return err_prefix(e, "index '%s'", digest);
	r = choose(&index, &chosen, e);
	if (r == 0) {
		str_clear(text);
		r = get_manifest(p, chosen, text, digest, e);
	}
	decode_done(&oci_index_table, &index);
	return r;
}

static int pull_image(struct pull *p, struct err *e)
{
	static const struct strv no_names = STRV_INIT;
	const char *reference = p->ref.digest ? p->ref.digest : p->ref.tag;
	autostr struct str manifest = STR_INIT;
	autofree char *from = str_format("Pulling from %s", p->ref.repository);
	char digest[DIGEST_TEXT];
	int kind;

	if (!from)
		return err_nomem(e);
	if (get_manifest(p, reference, &manifest, digest, e) < 0)
		return -1;
	if (job_progress(p->ctx, reference, from, 0, 0, e) < 0)
		return -1;
	kind = oci_manifest_kind(str_text(&manifest), manifest.len, e);
	if (kind < 0)
		return err_prefix(e, "manifest '%s'", reference);
	if (kind == 1 && resolve_index(p, &manifest, digest, e) < 0)
		return -1;
	return assemble_image(
		&(struct assembly){
			.ctx = p->ctx,
			.origin = &p->origin,
			.names = &no_names,
			.manifest_digest = digest,
			.manifest = &manifest,
		}, e);
}

int fetch_pull(struct job_context *ctx, struct err *e)
{
	cleanup(pull_done) struct pull p = { .origin = { .get = open_blob }, .ctx = ctx, .body = { .read = body_read } };
	const struct worker_request *request = &ctx->request;

	if (!request->reference)
		return err_set(e, ERR_INVALID, "there is no reference to pull");
	if (oci_ref_parse(request->reference, &p.ref, e) < 0)
		return -1;
	if (registry_connect(p.ref.host, p.ref.repository, request->plain_http, request->stall, &p.registry, e) < 0)
		return -1;
	return pull_image(&p, e);
}
