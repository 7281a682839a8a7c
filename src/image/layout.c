/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An archive is an OCI image layout and a docker-archive at once: the blobs as they are stored, so that every digest is the
 * registry's, index.json for those who read layouts and manifest.json for those who read Docker's. No document of the image is
 * read: what the two files say is in our record. Members are in the order of their names and of the epoch: the same images make
 * the same archive.
 */

#include "image/layout.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "archive/tar_write.h"
#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "image/names.h"

enum { COPY_CHUNK = 1 << 20 };

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct content_image *)a)->record.id, ((const struct content_image *)b)->record.id);
}

void layout_done(struct layout *l)
{
	strv_done(&l->digests);
}

int layout_init(struct layout *l, struct content_images *images, const char *ref_name, int blobs, struct err *e)
{
	*l = (struct layout){ .images = images, .ref_name = ref_name, .blobs = blobs };
	if (images->n)
		qsort(images->items, images->n, sizeof(*images->items), by_id);
	for (size_t i = 0; i < images->n; i++) {
		struct content_image *image = &images->items[i];

		if (image->names.n)
			qsort(image->names.items, image->names.n, sizeof(char *), by_text);
		if (image->record.layer_blobs.n != image->record.layers.n)
			return err_set(e, ERR_UNSUPPORTED, "image '%s' was stored by an older lighter: load or pull it again",
				       image->record.id);
		for (size_t k = 0; k < image->record.blobs.n; k++)
			if (!strv_contains(&l->digests, image->record.blobs.items[k]) &&
			    strv_add(&l->digests, image->record.blobs.items[k]) < 0)
				return err_nomem(e);
	}
	if (l->digests.n)
		qsort(l->digests.items, l->digests.n, sizeof(char *), by_text);
	return 0;
}

/* ---- documents ---- */

static void add_descriptor(struct json_writer *w, const struct image_record *record, const char *name, const char *ref_name)
{
	const char *tag = name ? strrchr(name, ':') : NULL;

	if (!ref_name && tag)
		ref_name = tag + 1;
	json_object_begin(w, NULL);
	json_add_string(w, "mediaType", record->manifest_type);
	json_add_string(w, "digest", record->manifest);
	json_add_u64(w, "size", record->manifest_size);
	if (name || ref_name) {
		json_object_begin(w, "annotations");
		if (name)
			json_add_string(w, "io.containerd.image.name", name);
		if (ref_name)
			json_add_string(w, "org.opencontainers.image.ref.name", ref_name);
		json_object_end(w);
	}
	json_object_end(w);
}

static void add_index(const struct layout *l, struct json_writer *w)
{
	json_object_begin(w, NULL);
	json_add_u64(w, "schemaVersion", 2);
	json_add_string(w, "mediaType", "application/vnd.oci.image.index.v1+json");
	json_array_begin(w, "manifests");
	for (size_t i = 0; i < l->images->n; i++) {
		const struct content_image *image = &l->images->items[i];

		for (size_t k = 0; k < image->names.n; k++)
			add_descriptor(w, &image->record, image->names.items[k], l->ref_name);
		if (image->names.n == 0)
			add_descriptor(w, &image->record, NULL, l->ref_name);
	}
	json_array_end(w);
	json_object_end(w);
}

static void add_blob_name(struct json_writer *w, const char *key, const char *digest)
{
	autofree char *name = str_format("blobs/sha256/%s", image_digest_hex(digest));

	w->out->failed |= !name;
	json_add_string(w, key, name);
}

static void add_manifest(const struct layout *l, struct json_writer *w)
{
	json_array_begin(w, NULL);
	for (size_t i = 0; i < l->images->n; i++) {
		const struct content_image *image = &l->images->items[i];

		json_object_begin(w, NULL);
		add_blob_name(w, "Config", image->record.id);
		json_array_begin(w, "RepoTags");
		for (size_t k = 0; k < image->names.n; k++) {
			autofree char *familiar = names_familiar(image->names.items[k]);

			json_add_string(w, NULL, familiar);
		}
		json_array_end(w);
		json_array_begin(w, "Layers");
		for (size_t k = 0; k < image->record.layer_blobs.n; k++)
			add_blob_name(w, NULL, image->record.layer_blobs.items[k]);
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void add_layout(const struct layout *l, struct json_writer *w)
{
	json_object_begin(w, NULL);
	json_add_string(w, "imageLayoutVersion", "1.0.0");
	json_object_end(w);
}

enum { DOCUMENT_INDEX, DOCUMENT_MANIFEST, DOCUMENT_LAYOUT };

static const struct {
	const char *name;
	void (*add)(const struct layout *l, struct json_writer *w);
} documents[] = {
	[DOCUMENT_INDEX] = { "index.json", add_index },
	[DOCUMENT_MANIFEST] = { "manifest.json", add_manifest },
	[DOCUMENT_LAYOUT] = { "oci-layout", add_layout },
};

/* ---- writing ---- */

static int write_text(int out, const struct str *text, struct err *e)
{
	int r = text->failed ? -ENOMEM : io_write_full(out, str_text(text), text->len);

	return r < 0 ? err_sys(e, -r, "write the archive") : 0;
}

static int copy_by_hand(int from, int to, uint64_t left, const char *digest, struct err *e)
{
	autofree char *chunk = malloc(COPY_CHUNK);

	if (!chunk)
		return err_nomem(e);
	while (left > 0) {
		size_t len = left < COPY_CHUNK ? (size_t)left : COPY_CHUNK;
		int r = io_read_full(from, chunk, len);

		if (r < 0)
			return err_sys(e, -r, "read blob '%s'", digest);
		r = io_write_full(to, chunk, len);
		if (r < 0)
			return err_sys(e, -r, "write the archive");
		left -= len;
	}
	return 0;
}

/* The kernel's copy, where the target can: a file that is appended to cannot. */
static int copy_blob(int from, int to, uint64_t left, const char *digest, struct err *e)
{
	while (left > 0) {
		ssize_t n = sendfile(to, from, NULL, left < INT32_MAX ? (size_t)left : INT32_MAX);

		if (n < 0 && (errno == EINVAL || errno == ENOSYS))
			return copy_by_hand(from, to, left, digest, e);
		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "write the archive");
		if (n == 0)
			return err_set(e, ERR_INTERNAL, "blob '%s' has become shorter", digest);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

static int write_blob(const struct layout *l, int out, const char *digest, struct err *e)
{
	autofree char *name = str_format("blobs/sha256/%s", image_digest_hex(digest));
	autofd int fd = path_open(l->blobs, image_digest_hex(digest), PATH_OWN, O_RDONLY | O_NOCTTY, 0);
	autostr struct str header = STR_INIT, padding = STR_INIT;
	struct stat st;

	if (!name)
		return err_nomem(e);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, fd < 0 ? -fd : errno, "blob '%s'", digest);
	tar_write_padding(&padding, (uint64_t)st.st_size);
	if (tar_write_header(&header, name, (uint64_t)st.st_size, e) < 0 || write_text(out, &header, e) < 0)
		return -1;
	return copy_blob(fd, out, (uint64_t)st.st_size, digest, e) < 0 ? -1 : write_text(out, &padding, e);
}

static int add_documents(const struct layout *l, struct str *to, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		autostr struct str text = STR_INIT;
		struct json_writer w = { .out = &text };

		documents[i].add(l, &w);
		if (text.failed)
			return err_nomem(e);
		if (tar_write_header(to, documents[i].name, text.len, e) < 0)
			return -1;
		str_add_bytes(to, text.data, text.len);
		tar_write_padding(to, text.len);
	}
	tar_write_end(to);
	return 0;
}

int layout_write_archive(const struct layout *l, int out, struct err *e)
{
	autostr struct str head = STR_INIT, tail = STR_INIT;

	if (tar_write_header(&head, "blobs/", 0, e) < 0 || tar_write_header(&head, "blobs/sha256/", 0, e) < 0 ||
	    write_text(out, &head, e) < 0)
		return -1;
	for (size_t i = 0; i < l->digests.n; i++)
		if (write_blob(l, out, l->digests.items[i], e) < 0)
			return -1;
	return add_documents(l, &tail, e) < 0 ? -1 : write_text(out, &tail, e);
}

/* ---- as files ---- */

static int put_blob(const struct layout *l, int dir, const char *digest, struct err *e)
{
	const char *name = image_digest_hex(digest);
	autofd int from = path_open(l->blobs, name, PATH_OWN, O_RDONLY | O_NOCTTY, 0), to = -EBADF;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return err_sys(e, from < 0 ? -from : errno, "blob '%s'", digest);
	to = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0644);
	if (to < 0)
		return err_sys(e, -to, "write blob '%s'", digest);
	return copy_blob(from, to, (uint64_t)st.st_size, digest, e);
}

static int put_document(const struct layout *l, int dir, size_t which, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	documents[which].add(l, &w);
	if (text.failed)
		return err_nomem(e);
	return file_replace(dir, documents[which].name, text.data, text.len, 0644, FILE_ATOMIC, e);
}

int layout_write_oci(const struct layout *l, int dir, struct err *e)
{
	autofd int blobs = path_make_dirs(dir, "blobs/sha256", PATH_OWN, 0755);

	if (blobs < 0)
		return err_sys(e, -blobs, "make 'blobs/sha256'");
	for (size_t i = 0; i < l->digests.n; i++)
		if (put_blob(l, blobs, l->digests.items[i], e) < 0)
			return -1;
	return put_document(l, dir, DOCUMENT_LAYOUT, e) < 0 ? -1 : put_document(l, dir, DOCUMENT_INDEX, e);
}

int layout_write_dir(const struct layout *l, int dir, struct err *e)
{
	static const char version[] = "Directory Transport Version: 1.1\n";
	const struct image_record *record = &l->images->items[0].record;

	for (size_t i = 0; i < l->digests.n; i++)
		if (put_blob(l, dir, l->digests.items[i], e) < 0)
			return -1;
	/* There the manifest has a name and no digest. */
	if (renameat(dir, image_digest_hex(record->manifest), dir, "manifest.json") < 0)
		return err_sys(e, errno, "write 'manifest.json'");
	return file_replace(dir, "version", version, sizeof(version) - 1, 0644, FILE_ATOMIC, e);
}
