/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An archive is read once, front to back, and may come from a pipe: each member that can matter is stored in the staging
 * directory as it passes. `blobs/sha256/HEX` becomes a blob, verified against its name; other files become members,
 * numbered, with their digest. Then index.json (an OCI layout) or manifest.json (a docker-archive) says what they mean. A
 * docker-archive gets a manifest made here, so that what is kept is always an OCI layout. Member names are never paths.
 */

#include <string.h>

#include "archive/compress.h"
#include "archive/tar_read.h"
#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "fetch/assemble.h"
#include "fetch/docker_archive.h"
#include "fetch/jobs.h"
#include "formats/image_record.h"
#include "oci/manifest.h"

enum { NESTED_INDEXES = 2 };

struct load {
	struct blob_origin origin; /* first */
	struct job_context *ctx;
	struct archive archive;
	struct source_fd blob;
	int blob_fd;
	uint32_t images;
	struct strv unpacked; /* by any of its images */
	bool packed;	      /* copy: nothing is unpacked */
	const char *wanted;   /* copy: the name of the image; NULL: any */
};

static void load_done(struct load *l)
{
	archive_done(&l->archive);
	strv_done(&l->unpacked);
	own_close(&l->blob_fd);
}

static int open_staged(struct blob_origin *origin, const struct blob_promise *promise, struct source **ret, struct err *e)
{
	struct load *l = (struct load *)origin;

	own_close(&l->blob_fd);
	l->blob_fd = blob_open(l->ctx, promise, e);
	if (l->blob_fd < 0)
		return -1;
	source_fd_init(&l->blob, l->blob_fd);
	*ret = &l->blob.source;
	return 0;
}

/* ---- reading the archive ---- */

struct member_source {
	struct source source;
	struct tar_reader *tar;
};

static ssize_t member_read(struct source *s, void *to, size_t len, struct err *e)
{
	return tar_read(((struct member_source *)s)->tar, to, len, e);
}

static const char *plain_name(const char *path)
{
	while (str_starts(path, "./"))
		path += 2;
	return path;
}

/* A blob by its name: stored only when it is what the name says. */
static int take_blob(struct load *l, struct source *from, const char *digest, uint64_t size, struct err *e)
{
	static const char name[] = "incoming";
	const struct blob_promise promise = { "blob", digest, size };
	autofd int file = blob_create(l->ctx, name, e);
	struct blob_reader reader;
	int r;

	if (file < 0 || blob_reader_init(&reader, from, &promise, file, e) < 0)
		return -1;
	r = blob_verify(&reader, e);
	blob_reader_done(&reader);
	return r < 0 ? -1 : blob_keep(l->ctx, name, digest, e);
}

static int take_member(struct load *l, struct tar_reader *tar, const struct tar_entry *entry, struct err *e)
{
	static const char blobs[] = "blobs/sha256/";
	struct member_source from = { .source = { .read = member_read }, .tar = tar };
	const char *name = plain_name(entry->path);
	autofree char *digest = NULL;

	if (entry->type == TAR_SYMLINK || entry->type == TAR_HARDLINK)
		return archive_alias(&l->archive, name, entry->link, entry->type == TAR_SYMLINK, e);
	if (entry->type != TAR_FILE)
		return 0;
	if (str_starts(name, blobs)) {
		digest = str_format("sha256:%s", name + sizeof(blobs) - 1);
		if (!digest)
			return err_nomem(e);
		if (!image_digest_valid(digest))
			return err_set(e, ERR_INVALID, "'%.300s' is not named by a sha256 digest", name);
		/* Docker's manifest.json names blobs like any other member. */
		return take_blob(l, &from.source, digest, entry->size, e) < 0 ? -1 :
		       archive_know(&l->archive, name, digest, entry->size, e);
	}
	return archive_take(&l->archive, l->ctx, name, &from.source, e);
}

static int read_archive(struct load *l, struct err *e)
{
	struct source_fd input;
	struct decompress *decompress = NULL;
	struct tar_reader *tar = NULL;
	const struct tar_entry *entry;
	int r = -1;

	source_fd_init(&input, l->ctx->input);
	if (decompress_new(&input.source, &decompress, e) < 0)
		return -1;
	if (tar_reader_new(decompress_source(decompress), &tar, e) == 0)
		while ((r = tar_next(tar, &entry, e)) > 0)
			if (take_member(l, tar, entry, e) < 0) {
				r = -1;
				break;
			}
	tar_reader_free(tar);
	decompress_free(decompress);
	return r;
}

/* ---- an OCI layout ---- */

/* Docker writes the whole name beside the standard's annotation, which may be a tag alone. */
static int add_name(const struct oci_descriptor *d, struct strv *names, struct err *e)
{
	static const char *const keys[] = { "io.containerd.image.name", "org.opencontainers.image.ref.name" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *name = strmap_get(&d->annotations, keys[i]);

		if (name)
			return archive_add_name(name, names, e);
	}
	return 0;
}

static int load_descriptor(struct load *l, const struct oci_descriptor *d, const struct strv *names, int depth,
			   struct err *e);

/* A name as it stands there, or another way to write the same. */
static bool is_wanted(const struct load *l, const char *name)
{
	autostrv struct strv forms = STRV_INIT;

	if (!l->wanted || (name && str_eq(name, l->wanted)))
		return true;
	return name && archive_add_name(name, &forms, NULL) == 0 && archive_add_name(l->wanted, &forms, NULL) == 0 &&
	       forms.n == 2 && str_eq(forms.items[0], forms.items[1]);
}

static bool has_wanted_name(const struct load *l, const struct oci_descriptor *d)
{
	return is_wanted(l, strmap_get(&d->annotations, "io.containerd.image.name")) ||
	       is_wanted(l, strmap_get(&d->annotations, "org.opencontainers.image.ref.name"));
}

static int load_index(struct load *l, const struct str *text, const struct strv *names, int depth, struct err *e)
{
	struct oci_index index;
	int r = 0;

	if (oci_index_parse(str_text(text), text->len, &index, e) < 0)
		return -1;
	for (size_t i = 0; i < index.manifests.n && r == 0; i++) {
		const struct oci_descriptor *d = &index.manifests.items[i];
		autostrv struct strv own = STRV_INIT;

		/* In a nested index other machines' images, and attestations, are left out. */
		if (d->platform.architecture && !oci_platform_matches(&d->platform))
			continue;
		if (depth == 0 && !has_wanted_name(l, d))
			continue;
		r = add_name(d, &own, e);
		if (r == 0)
			r = load_descriptor(l, d, own.n ? &own : names, depth, e);
	}
	decode_done(&oci_index_table, &index);
	return r;
}

static int load_descriptor(struct load *l, const struct oci_descriptor *d, const struct strv *names, int depth,
			   struct err *e)
{
	const struct blob_promise promise = { "manifest", d->digest, d->size };
	autostr struct str text = STR_INIT;
	struct source *source = NULL;
	int kind;

	if (open_staged(&l->origin, &promise, &source, e) < 0 || blob_read_document(source, &promise, &text, e) < 0)
		return -1;
	kind = oci_manifest_kind(str_text(&text), text.len, e);
	if (kind < 0)
		return err_prefix(e, "manifest '%s'", d->digest);
	if (kind == 1)
		return depth < NESTED_INDEXES || weakened("index-depth") ? load_index(l, &text, names, depth + 1, e) :
						err_set(e, ERR_INVALID, "index '%s' is nested too deeply", d->digest);
	l->images++;
	return assemble_image(
		&(struct assembly){
			.ctx = l->ctx,
			.origin = &l->origin,
			.names = names,
			.manifest_digest = d->digest,
			.manifest_type = d->media_type,
			.manifest = &text,
			.unpacked = &l->unpacked,
			.packed = l->packed,
		}, e);
}

static int load_layout(struct load *l, struct err *e)
{
	static const struct strv no_names = STRV_INIT;
	autostr struct str text = STR_INIT;

	if (archive_read(&l->archive, l->ctx, "index.json", &text, e) < 0)
		return -1;
	return load_index(l, &text, &no_names, 0, e) < 0 ? err_prefix(e, "index.json") : 0;
}

/* ---- a docker-archive ---- */

static int load_docker_image(struct load *l, const struct docker_image *image, struct err *e)
{
	autostrv struct strv names = STRV_INIT;
	autostr struct str manifest = STR_INIT;
	char digest[DIGEST_TEXT];

	for (size_t i = 0; i < image->tags.n; i++)
		if (archive_add_name(image->tags.items[i], &names, e) < 0)
			return -1;
	if (docker_archive_manifest(&l->archive, l->ctx, image, &manifest, e) < 0)
		return -1;
	if (digest_of(manifest.data, manifest.len, digest, e) < 0 || blob_store(l->ctx, digest, &manifest, e) < 0)
		return -1;
	l->images++;
	return assemble_image(
		&(struct assembly){
			.ctx = l->ctx,
			.origin = &l->origin,
			.names = &names,
			.manifest_digest = digest,
			.manifest_type = OCI_TYPE_MANIFEST,
			.manifest = &manifest,
			.unpacked = &l->unpacked,
			.packed = l->packed,
		}, e);
}

static bool has_wanted_tag(const struct load *l, const struct docker_image *image)
{
	for (size_t i = 0; i < image->tags.n; i++)
		if (is_wanted(l, image->tags.items[i]))
			return true;
	return is_wanted(l, NULL);
}

static int load_docker(struct load *l, struct err *e)
{
	struct docker_images images;
	int r = 0;

	if (docker_archive_images(&l->archive, l->ctx, &images, e) < 0)
		return -1;
	for (size_t i = 0; i < images.n && r == 0; i++)
		if (has_wanted_tag(l, &images.items[i]))
			r = load_docker_image(l, &images.items[i], e);
	docker_images_done(&images);
	return r;
}

/* ---- the jobs ---- */

static int load_any(struct load *l, struct err *e)
{
	if (archive_has(&l->archive, "oci-layout") && archive_has(&l->archive, "index.json"))
		return load_layout(l, e);
	if (archive_has(&l->archive, "manifest.json"))
		return load_docker(l, e);
	return err_set(e, ERR_INVALID, "the archive is neither an OCI image layout nor a docker-archive");
}

int fetch_load(struct job_context *ctx, struct err *e)
{
	cleanup(load_done) struct load l = { .origin = { .get = open_staged, .stored = true }, .ctx = ctx, .blob_fd = -EBADF };

	if (read_archive(&l, e) < 0 || load_any(&l, e) < 0)
		return -1;
	if (l.images == 0)
		return err_set(e, ERR_NOT_FOUND, "the archive holds no image for linux/%s", oci_platform_architecture());
	return 0;
}

/* skopeo's dir: the manifest itself is a member, and has no digest but that of its bytes. */
static int load_dir(struct load *l, struct err *e)
{
	static const struct strv no_names = STRV_INIT;
	struct oci_descriptor d = { NULL };
	uint64_t size;

	d.digest = (char *)(uintptr_t)archive_digest(&l->archive, JOB_DIR_MANIFEST, &size);
	d.size = size;
	return load_descriptor(l, &d, &no_names, 0, e);
}

int fetch_copy(struct job_context *ctx, struct err *e)
{
	cleanup(load_done) struct load l = {
		.origin = { .get = open_staged, .stored = true }, .ctx = ctx, .blob_fd = -EBADF,
		.packed = true, .wanted = ctx->request.reference,
	};
	int r;

	if (read_archive(&l, e) < 0)
		return -1;
	r = archive_has(&l.archive, JOB_DIR_MANIFEST) ? load_dir(&l, e) : load_any(&l, e);
	if (r < 0)
		return -1;
	if (l.images == 0 && l.wanted)
		return err_set(e, ERR_NOT_FOUND, "there is no image '%.200s' in it", l.wanted);
	if (l.images == 0)
		return err_set(e, ERR_NOT_FOUND, "it holds no image for linux/%s", oci_platform_architecture());
	return 0;
}
