/* SPDX-License-Identifier: Apache-2.0 */

/*
 * manifest -> config -> layers -> record. Every reference is a descriptor, and nothing is read without its promise: a
 * digest and a size. The config's diffIDs and the manifest's layers are the same list seen from two sides; they must
 * have one length, and each layer is held to both.
 */

#include "fetch/assemble.h"

#include <string.h>

#include "base/own.h"
#include "fetch/layer.h"
#include "fetch/parse_image.h"
#include "formats/image_record.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

enum { SHORT_DIGEST = 12 };

struct parts {
	struct oci_manifest manifest;
	struct oci_image_config config;
};

static void parts_done(struct parts *p)
{
	decode_done(&oci_manifest_table, &p->manifest);
	decode_done(&oci_image_config_table, &p->config);
}

static int get_document(const struct assembly *a, const struct blob_promise *promise, struct str *to, struct err *e)
{
	struct source *source = NULL;

	if (a->origin->get(a->origin, promise, &source, e) < 0)
		return -1;
	if (blob_read_document(source, promise, to, e) < 0)
		return -1;
	return a->origin->stored ? 0 : blob_store(a->ctx, promise->digest, to, e);
}

static int read_config(const struct assembly *a, struct parts *p, struct err *e)
{
	const struct blob_promise promise = { "config", p->manifest.config.digest, (uint64_t)p->manifest.config.size };
	autostr struct str text = STR_INIT;

	if (get_document(a, &promise, &text, e) < 0)
		return -1;
	if (oci_image_config_parse(str_text(&text), text.len, &p->config, e) < 0)
		return err_prefix(e, "config '%s'", promise.digest);
	if (p->config.rootfs.diff_ids.n != p->manifest.layers.n)
		return err_set(e, ERR_INVALID, "config '%s' has %zu layers, its manifest has %zu", promise.digest,
			       p->config.rootfs.diff_ids.n, p->manifest.layers.n);
	if (p->manifest.layers.n > ASSEMBLE_LAYERS_MAX)
		return err_set(e, ERR_INVALID, "manifest '%s' has more than %d layers", a->manifest_digest, ASSEMBLE_LAYERS_MAX);
	for (size_t i = 0; i < p->config.rootfs.diff_ids.n; i++)
		if (!image_digest_valid(p->config.rootfs.diff_ids.items[i]))
			return err_set(e, ERR_INVALID, "config '%s': '%.100s' is not a sha256 digest", promise.digest,
				       p->config.rootfs.diff_ids.items[i]);
	return 0;
}

/* ---- layers ---- */

static int tell(const struct assembly *a, const struct layer *layer, const char *status, struct err *e)
{
	char object[SHORT_DIGEST + 1] = "";

	strncat(object, image_digest_hex(layer->blob.digest), SHORT_DIGEST);
	return job_progress(a->ctx, object, status, 0, layer->blob.size, e);
}

static int verify_layer(const struct assembly *a, const struct layer *layer, struct err *e)
{
	struct source *source = NULL;
	struct blob_reader reader;
	int r;

	if (a->origin->get(a->origin, &layer->blob, &source, e) < 0 ||
	    blob_reader_init(&reader, source, &layer->blob, -EBADF, e) < 0)
		return -1;
	r = blob_verify(&reader, e);
	blob_reader_done(&reader);
	return r;
}

static int fetch_layer(const struct assembly *a, const struct layer *layer, struct err *e)
{
	struct source *source = NULL;

	if (a->origin->stored && tell(a, layer, "Loading layer", e) < 0)
		return -1;
	if (a->origin->get(a->origin, &layer->blob, &source, e) < 0)
		return -1;
	return layer_unpack(a->ctx, layer, source, e);
}

static bool have(const struct assembly *a, const struct layer *layer, const struct strv *unpacked)
{
	const struct worker_request *request = &a->ctx->request;
	bool have_layer = strv_contains(&request->layers, layer->diff_id) || strv_contains(unpacked, layer->diff_id);

	return have_layer && (a->origin->stored || strv_contains(&request->blobs, layer->blob.digest) ||
			      strv_contains(unpacked, layer->blob.digest));
}

static int get_layer(const struct assembly *a, const struct layer *layer, struct strv *unpacked, struct err *e)
{
	if (a->packed)
		return verify_layer(a, layer, e);
	if (have(a, layer, unpacked))
		return tell(a, layer, "Already exists", e);
	if (fetch_layer(a, layer, e) < 0)
		return -1;
	if (strv_add(unpacked, layer->diff_id) < 0 || strv_add(unpacked, layer->blob.digest) < 0)
		return err_nomem(e);
	return tell(a, layer, a->origin->stored ? "Load complete" : "Pull complete", e);
}

static struct layer layer_of(const struct assembly *a, const struct parts *p, size_t i)
{
	const struct oci_descriptor *d = &p->manifest.layers.items[i];

	return (struct layer){
		.blob = { "layer", d->digest, (uint64_t)d->size },
		.diff_id = p->config.rootfs.diff_ids.items[i],
		.media_type = d->media_type,
		.verified = !a->origin->stored,
	};
}

static int announce_layers(const struct assembly *a, const struct parts *p, struct err *e)
{
	static const struct strv none = STRV_INIT;

	for (size_t i = 0; i < p->manifest.layers.n; i++) {
		const struct layer layer = layer_of(a, p, i);
		bool foreign;

		if (!image_digest_valid(layer.blob.digest))
			return err_set(e, ERR_INVALID, "layer: '%.100s' is not a sha256 digest", layer.blob.digest);
		if (layer_check(&layer, e) < 0)
			return -1;
		(void)oci_layer_kind(layer.media_type, &foreign);
		if (a->origin->announce && !have(a, &layer, &none) &&
		    a->origin->announce(a->origin, &layer.blob, foreign ? &p->manifest.layers.items[i].urls : NULL, e) < 0)
			return -1;
	}
	return 0;
}

static int get_layers(const struct assembly *a, const struct parts *p, struct err *e)
{
	autostrv struct strv own = STRV_INIT;
	struct strv *unpacked = a->unpacked ? a->unpacked : &own;

	if (announce_layers(a, p, e) < 0)
		return -1;
	for (size_t i = 0; i < p->manifest.layers.n; i++) {
		const struct layer layer = layer_of(a, p, i);

		if (get_layer(a, &layer, unpacked, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- the record ---- */

static int announce(const struct assembly *a, const struct parts *p, struct err *e)
{
	struct image_record record = { 0 };
	autostr struct str text = STR_INIT;
	struct worker_image body = { 0 };
	int r;

	r = parse_image(&p->config, &p->manifest, a->manifest_digest, a->manifest_type, a->manifest->len, &record, e);
	if (r == 0)
		image_record_print(&record, &text);
	image_record_done(&record);
	if (r < 0)
		return -1;
	if (text.failed)
		return err_nomem(e);
	body = (struct worker_image){ .record = text.data, .names = *a->names };
	return job_send(a->ctx, WORKER_IMAGE, &worker_image_table, &body, e);
}

int assemble_image(const struct assembly *a, struct err *e)
{
	cleanup(parts_done) struct parts p = { 0 };

	if (oci_manifest_parse(str_text(a->manifest), a->manifest->len, &p.manifest, e) < 0)
		return err_prefix(e, "manifest '%s'", a->manifest_digest);
	if (!oci_is_image_config(p.manifest.config.media_type))
		return err_set(e, ERR_UNSUPPORTED, "manifest '%s' is an artifact of type '%.200s', not an image",
			       a->manifest_digest,
			       p.manifest.artifact_type ? p.manifest.artifact_type : p.manifest.config.media_type);
	if (!a->origin->stored && blob_store(a->ctx, a->manifest_digest, a->manifest, e) < 0)
		return -1;
	if (read_config(a, &p, e) < 0 || get_layers(a, &p, e) < 0)
		return -1;
	return announce(a, &p, e);
}
