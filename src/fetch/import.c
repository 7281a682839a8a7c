/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A tar becomes an image of one layer. The input is unpacked from its compression into a blob, because the layer's diffID is
 * known only at its end; with config and manifest made here it is then an image like one of an archive, and takes the same way:
 * whatever is wrong with the tar is found there.
 */

#include <string.h>

#include "archive/compress.h"
#include "base/io.h"
#include "base/own.h"
#include "fetch/assemble.h"
#include "fetch/jobs.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

struct import {
	struct blob_origin origin; /* first */
	const struct job_context *ctx;
	struct source_fd blob;
	int blob_fd;
	char layer[DIGEST_TEXT];
	uint64_t layer_size;
};

static void import_done(struct import *i)
{
	own_close(&i->blob_fd);
}

static int open_staged(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e)
{
	struct import *i = (struct import *)origin;

	own_close(&i->blob_fd);
	i->blob_fd = blob_open(i->ctx, promise, e);
	if (i->blob_fd < 0)
		return -1;
	source_fd_init(&i->blob, i->blob_fd);
	*ret = &i->blob.source;
	return 0;
}

/* ---- the layer ---- */

static int copy_plain(struct import *i, struct source *from, int file, struct err *e)
{
	autofree char *chunk = malloc(BLOB_CHUNK);
	struct digest digest;
	ssize_t n;
	int r = 0;

	if (!chunk)
		return err_nomem(e);
	if (digest_init(&digest, e) < 0)
		return -1;
	while (r == 0 && (n = source_read(from, chunk, BLOB_CHUNK, e)) > 0) {
		digest_add(&digest, chunk, (size_t)n);
		i->layer_size += (uint64_t)n;
		r = io_write_full(file, chunk, (size_t)n);
	}
	digest_end(&digest, i->layer);
	digest_done(&digest);
	if (r < 0)
		return err_sys(e, -r, "write the layer");
	return n < 0 ? -1 : 0;
}

static int take_layer(struct import *i, struct err *e)
{
	static const char name[] = "incoming";
	autofd int file = blob_create(i->ctx, name, e);
	struct decompress *decompress = NULL;
	struct source_fd input;
	int r;

	if (file < 0)
		return -1;
	source_fd_init(&input, i->ctx->input);
	if (decompress_new(&input.source, &decompress, e) < 0)
		return -1;
	r = copy_plain(i, decompress_source(decompress), file, e);
	decompress_free(decompress);
	if (r < 0)
		return -1;
	if (i->layer_size == 0)
		return err_set(e, ERR_INVALID, "the archive is empty");
	return blob_keep(i->ctx, name, i->layer, e);
}

/* ---- the documents ---- */

static int make_config(const struct import *i, struct str *to, char digest[static DIGEST_TEXT], struct err *e)
{
	struct oci_image_config config;
	struct json_writer w = { .out = to };
	int r = 0;

	if (oci_image_config_parse(i->ctx->request.config, strlen(i->ctx->request.config), &config, e) < 0)
		return -1;
	if (strv_add(&config.rootfs.diff_ids, i->layer) < 0)
		r = err_nomem(e);
	encode(&oci_image_config_table, &config, &w, NULL);
	decode_done(&oci_image_config_table, &config);
	if (r < 0 || to->failed)
		return err_nomem(e);
	return digest_of(to->data, to->len, digest, e) < 0 ? -1 : blob_store(i->ctx, digest, to, e);
}

static void add_descriptor(struct json_writer *w, const char *key, const char *type, const char *digest, uint64_t size)
{
	json_object_begin(w, key);
	json_add_string(w, "mediaType", type);
	json_add_string(w, "digest", digest);
	json_add_u64(w, "size", size);
	json_object_end(w);
}

static int make_manifest(const struct import *i, struct str *to, char digest[static DIGEST_TEXT], struct err *e)
{
	autostr struct str config = STR_INIT;
	struct json_writer w = { .out = to };
	char config_digest[DIGEST_TEXT];

	if (make_config(i, &config, config_digest, e) < 0)
		return -1;
	json_object_begin(&w, NULL);
	json_add_u64(&w, "schemaVersion", 2);
	json_add_string(&w, "mediaType", OCI_TYPE_MANIFEST);
	add_descriptor(&w, "config", OCI_TYPE_CONFIG, config_digest, config.len);
	json_array_begin(&w, "layers");
	add_descriptor(&w, NULL, OCI_TYPE_LAYER, i->layer, i->layer_size);
	json_array_end(&w);
	json_object_end(&w);
	if (to->failed)
		return err_nomem(e);
	return digest_of(to->data, to->len, digest, e) < 0 ? -1 : blob_store(i->ctx, digest, to, e);
}

int fetch_import(struct job_context *ctx, struct err *e)
{
	cleanup(import_done) struct import i = { .origin = { .get = open_staged, .stored = true }, .ctx = ctx, .blob_fd = -EBADF };
	static const struct strv no_names = STRV_INIT;
	autostr struct str manifest = STR_INIT;
	char digest[DIGEST_TEXT];

	if (!ctx->request.config)
		return err_set(e, ERR_INVALID, "there is no config to import with");
	if (take_layer(&i, e) < 0 || make_manifest(&i, &manifest, digest, e) < 0)
		return -1;
	return assemble_image(
		&(struct assembly){
			.ctx = ctx,
			.origin = &i.origin,
			.names = &no_names,
			.manifest_digest = digest,
			.manifest_type = OCI_TYPE_MANIFEST,
			.manifest = &manifest,
		}, e);
}
