/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Members are kept by name in a list and by content in blobs/: a name from the archive is compared, never opened. Older
 * versions of Docker write a layer that two images share once and link to it, so links between members are followed, once.
 */

#include "fetch/docker_archive.h"

#include <stdio.h>
#include <string.h>

#include "base/decode.h"
#include "base/io.h"
#include "base/own.h"
#include "oci/manifest.h"
#include "oci/ref.h"

enum { MEMBERS_MAX = 8192 };

void archive_done(struct archive *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->items[i].name);
		free(a->items[i].alias);
	}
	free(a->items);
	*a = (struct archive){ 0 };
}

static const struct member *find_one(const struct archive *a, const char *name)
{
	for (size_t i = a->n; i-- > 0;)
		if (str_eq(a->items[i].name, name))
			return &a->items[i];
	return NULL;
}

static const struct member *find(const struct archive *a, const char *name)
{
	const struct member *m = find_one(a, name);

	if (m && m->alias)
		m = find_one(a, m->alias);
	return m && !m->alias ? m : NULL;
}

bool archive_has(const struct archive *a, const char *name)
{
	return find(a, name);
}

const char *archive_digest(const struct archive *a, const char *name, uint64_t *ret_size)
{
	const struct member *m = find(a, name);

	*ret_size = m->size;
	return m->digest;
}

static struct member *add_member(struct archive *a, const char *name, struct err *e)
{
	struct member *m;

	if (a->n >= MEMBERS_MAX) {
		(void)err_set(e, ERR_INVALID, "the archive has more than %d members", MEMBERS_MAX);
		return NULL;
	}
	m = vec_add(a);
	if (m)
		m->name = strdup(name);
	if (m && m->name)
		return m;
	(void)err_nomem(e);
	return NULL;
}

static int copy(struct source *from, int file, struct member *m, struct err *e)
{
	autofree char *chunk = malloc(BLOB_CHUNK);
	struct digest digest;
	ssize_t n;
	int r = 0;

	if (!chunk)
		return err_nomem(e);
	if (digest_init(&digest, e) < 0)
		return -1;
	while (r == 0 && (n = source_read(from, chunk, BLOB_CHUNK, e)) != 0) {
		if (n > 0) {
			digest_add(&digest, chunk, (size_t)n);
			m->size += (uint64_t)n;
			r = io_write_full(file, chunk, (size_t)n);
		}
		if (n < 0)
			break;
	}
	digest_end(&digest, m->digest);
	digest_done(&digest);
	if (r < 0)
		return err_sys(e, -r, "write '%.300s'", m->name);
	return n < 0 ? -1 : 0;
}

int archive_take(struct archive *a, const struct job_context *ctx, const char *name, struct source *from, struct err *e)
{
	static const char incoming[] = "incoming";
	struct member *m = add_member(a, name, e);
	autofd int file = m ? blob_create(ctx, incoming, e) : -EBADF;

	if (file < 0 || copy(from, file, m, e) < 0)
		return -1;
	return blob_keep(ctx, incoming, m->digest, e);
}

int archive_know(struct archive *a, const char *name, const char *digest, uint64_t size, struct err *e)
{
	struct member *m = add_member(a, name, e);

	if (!m)
		return -1;
	(void)snprintf(m->digest, sizeof(m->digest), "%s", digest);
	m->size = size;
	return 0;
}

int archive_alias(struct archive *a, const char *name, const char *target, bool relative, struct err *e)
{
	const char *slash = relative ? strrchr(name, '/') : NULL;
	size_t directory = slash ? (size_t)(slash - name) + 1 : 0;
	struct member *m = add_member(a, name, e);

	if (!m)
		return -1;
	for (; relative && str_starts(target, "../") && directory; target += 3) {
		directory--;
		while (directory && name[directory - 1] != '/')
			directory--;
	}
	m->alias = str_format("%.*s%s", (int)directory, name, target);
	return m->alias ? 0 : err_nomem(e);
}

int archive_read(const struct archive *a, const struct job_context *ctx, const char *name, struct str *to, struct err *e)
{
	const struct member *m = find(a, name);
	autofd int fd = -EBADF;
	struct source_fd source;

	if (!m)
		return err_set(e, ERR_NOT_FOUND, "'%.300s' is not in the archive", name);
	fd = blob_open(ctx, &(struct blob_promise){ name, m->digest, m->size }, e);
	if (fd < 0)
		return -1;
	source_fd_init(&source, fd);
	return blob_read_document(&source.source, &(struct blob_promise){ name, m->digest, m->size }, to, e);
}

int archive_add_name(const char *name, struct strv *names, struct err *e)
{
	struct oci_ref ref;
	char *normal;

	/* "1.2" alone would read as a repository; only what says a tag is taken for a name. */
	if (!strchr(name, ':') || oci_ref_parse(name, &ref, NULL) < 0)
		return 0;
	normal = oci_ref_format(&ref);
	oci_ref_done(&ref);
	return normal && strv_take(names, normal) == 0 ? 0 : err_nomem(e);
}

/* ---- manifest.json ---- */

#define IMAGE(name, member, kind, ...) DECODE_ROW(struct docker_image, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(docker_image_table, struct docker_image,
	IMAGE("Config", config, DECODE_STRING, .flags = DECODE_REQUIRED),
	IMAGE("RepoTags", tags, DECODE_STRV),
	IMAGE("Layers", layers, DECODE_STRV),
);

void docker_images_done(struct docker_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		decode_done(&docker_image_table, &images->items[i]);
	free(images->items);
	*images = (struct docker_images){ 0 };
}

static int decode_images(const struct json *root, struct docker_images *ret, struct err *e)
{
	for (size_t i = 0; i < json_array_len(root); i++) {
		struct docker_image *image = vec_add(ret);

		if (!image)
			return err_nomem(e);
		if (decode(&docker_image_table, json_array_at(root, i), image, e) < 0)
			return err_prefix(e, "manifest.json");
	}
	return 0;
}

int docker_archive_images(const struct archive *a, const struct job_context *ctx, struct docker_images *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	autojson struct json *root = NULL;
	struct docker_images images = { 0 };

	if (archive_read(a, ctx, "manifest.json", &text, e) < 0)
		return -1;
	if (json_parse(str_text(&text), text.len, &root, e) < 0)
		return err_prefix(e, "manifest.json");
	if (json_kind(root) != JSON_ARRAY)
		return err_set(e, ERR_INVALID, "manifest.json: %s, an array is wanted", json_kind_name(json_kind(root)));
	if (decode_images(root, &images, e) < 0) {
		docker_images_done(&images);
		return -1;
	}
	*ret = images;
	return 0;
}

/* The format says nothing of compression; the media type must. */
static int layer_type(const struct job_context *ctx, const struct member *m, const char **ret, struct err *e)
{
	static const struct { const char *magic; size_t len; const char *type; } types[] = {
		{ "\x1f\x8b", 2, OCI_TYPE_LAYER "+gzip" }, { "\x28\xb5\x2f\xfd", 4, OCI_TYPE_LAYER "+zstd" },
	};
	autofd int fd = blob_open(ctx, &(struct blob_promise){ "layer", m->digest, m->size }, e);
	char front[4] = "";

	if (fd < 0)
		return -1;
	(void)io_read_full(fd, front, sizeof(front));
	*ret = OCI_TYPE_LAYER;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (memcmp(front, types[i].magic, types[i].len) == 0)
			*ret = types[i].type;
	return 0;
}

/* `type` NULL: a layer. */
static int add_descriptor(struct json_writer *w, const char *key, const struct archive *a, const struct job_context *ctx,
			  const char *name, const char *type, struct err *e)
{
	const struct member *m = find(a, name);

	if (!m)
		return err_set(e, ERR_NOT_FOUND, "'%.300s' of manifest.json is not in the archive", name);
	if (!type && layer_type(ctx, m, &type, e) < 0)
		return -1;
	json_object_begin(w, key);
	json_add_string(w, "mediaType", type);
	json_add_string(w, "digest", m->digest);
	json_add_u64(w, "size", m->size);
	json_object_end(w);
	return 0;
}

int docker_archive_manifest(const struct archive *a, const struct job_context *ctx, const struct docker_image *image,
			    struct str *ret, struct err *e)
{
	struct json_writer w = { .out = ret };

	json_object_begin(&w, NULL);
	json_add_u64(&w, "schemaVersion", 2);
	json_add_string(&w, "mediaType", OCI_TYPE_MANIFEST);
	if (add_descriptor(&w, "config", a, ctx, image->config, OCI_TYPE_CONFIG, e) < 0)
		return -1;
	json_array_begin(&w, "layers");
	for (size_t i = 0; i < image->layers.n; i++)
		if (add_descriptor(&w, NULL, a, ctx, image->layers.items[i], NULL, e) < 0)
			return -1;
	json_array_end(&w);
	json_object_end(&w);
	return ret->failed ? err_nomem(e) : 0;
}
