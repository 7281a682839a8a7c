/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An archive is an OCI image layout and a docker-archive at once: the blobs as they are stored, so that every digest is the
 * registry's, index.json for those who read layouts and manifest.json for those who read Docker's. No document of the image is
 * read: what the two files say is in our record. Members are in the order of their names and of the epoch: the same images make
 * the same archive.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "archive/tar_write.h"
#include "base/io.h"
#include "base/path.h"
#include "image/content.h"
#include "image/image.h"
#include "image/names.h"

enum { COPY_CHUNK = 1 << 20 };

struct save {
	struct store *store;
	struct content_images images;
	struct strv blobs; /* digests, each once, sorted */
	int dir, out;
};

static void save_done(struct save *s)
{
	content_images_done(&s->images);
	strv_done(&s->blobs);
	own_close(&s->dir);
}

/* ---- what is saved ---- */

static int add_image(struct save *s, const struct store_image *image, const char *name, struct err *e)
{
	struct content_image *added = NULL;

	for (size_t i = 0; i < s->images.n; i++)
		if (str_eq(s->images.items[i].record.id, image->id))
			added = &s->images.items[i];
	if (!added) {
		struct image_record record;

		if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
			return err_prefix(e, "image '%s'", image->id);
		added = vec_add(&s->images);
		if (!added) {
			image_record_done(&record);
			return err_nomem(e);
		}
		added->record = record;
	}
	if (!name || strchr(name, '@') || strv_contains(&added->names, name))
		return 0;
	return strv_add(&added->names, name) < 0 ? err_nomem(e) : 0;
}

static bool is_repository(const char *typed)
{
	const char *slash = strrchr(typed, '/');

	return !strchr(typed, '@') && !strchr(slash ? slash : typed, ':');
}

/* A repository without a tag means all of its tags: their number. */
static int add_repository(struct save *s, const char *typed, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };
	autofree char *normal = NULL;
	size_t len;
	int found = 0;

	if (!is_repository(typed) || names_normalise(typed, &normal, NULL) < 0)
		return 0;
	if (store_image_list(s->store, true, &images, e) < 0)
		return -1;
	len = (size_t)(strrchr(normal, ':') - normal) + 1;
	for (size_t i = 0; i < images.n; i++)
		for (size_t k = 0; k < images.items[i].names.n; k++) {
			const char *name = images.items[i].names.items[k];

			if (strncmp(name, normal, len) != 0 || strchr(name, '@'))
				continue;
			if (add_image(s, &images.items[i], name, e) < 0)
				return -1;
			found++;
		}
	return found;
}

static int add_typed(struct save *s, const char *typed, struct err *e)
{
	cleanup(store_image_done) struct store_image image = { 0 };
	autofree char *name = NULL;
	int r = add_repository(s, typed, e);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (names_find(s->store, typed, &image, &name, e) < 0)
		return -1;
	return add_image(s, &image, name, e);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct content_image *)a)->record.id, ((const struct content_image *)b)->record.id);
}

static int collect_blobs(struct save *s, struct err *e)
{
	qsort(s->images.items, s->images.n, sizeof(*s->images.items), by_id);
	for (size_t i = 0; i < s->images.n; i++) {
		struct content_image *image = &s->images.items[i];

		if (image->names.n)
			qsort(image->names.items, image->names.n, sizeof(char *), by_text);
		if (image->record.layer_blobs.n != image->record.layers.n)
			return err_set(e, ERR_UNSUPPORTED, "image '%s' was stored by an older lighter: load or pull it again",
				       image->record.id);
		for (size_t k = 0; k < image->record.blobs.n; k++)
			if (!strv_contains(&s->blobs, image->record.blobs.items[k]) &&
			    strv_add(&s->blobs, image->record.blobs.items[k]) < 0)
				return err_nomem(e);
	}
	if (s->blobs.n)
		qsort(s->blobs.items, s->blobs.n, sizeof(char *), by_text);
	return 0;
}

/* ---- documents ---- */

static void add_descriptor(struct json_writer *w, const struct image_record *record, const char *name)
{
	json_object_begin(w, NULL);
	json_add_string(w, "mediaType", record->manifest_type);
	json_add_string(w, "digest", record->manifest);
	json_add_u64(w, "size", record->manifest_size);
	if (name) {
		json_object_begin(w, "annotations");
		json_add_string(w, "io.containerd.image.name", name);
		json_add_string(w, "org.opencontainers.image.ref.name", strrchr(name, ':') + 1);
		json_object_end(w);
	}
	json_object_end(w);
}

static void add_index(const struct save *s, struct json_writer *w)
{
	json_object_begin(w, NULL);
	json_add_u64(w, "schemaVersion", 2);
	json_add_string(w, "mediaType", "application/vnd.oci.image.index.v1+json");
	json_array_begin(w, "manifests");
	for (size_t i = 0; i < s->images.n; i++) {
		const struct content_image *image = &s->images.items[i];

		for (size_t k = 0; k < image->names.n; k++)
			add_descriptor(w, &image->record, image->names.items[k]);
		if (image->names.n == 0)
			add_descriptor(w, &image->record, NULL);
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

static void add_manifest(const struct save *s, struct json_writer *w)
{
	json_array_begin(w, NULL);
	for (size_t i = 0; i < s->images.n; i++) {
		const struct content_image *image = &s->images.items[i];

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

static void add_layout(const struct save *s, struct json_writer *w)
{
	json_object_begin(w, NULL);
	json_add_string(w, "imageLayoutVersion", "1.0.0");
	json_object_end(w);
}

static const struct {
	const char *name;
	void (*add)(const struct save *s, struct json_writer *w);
} documents[] = {
	{ "index.json", add_index }, { "manifest.json", add_manifest }, { "oci-layout", add_layout },
};

/* ---- writing ---- */

static int write_text(const struct save *s, const struct str *text, struct err *e)
{
	int r = text->failed ? -ENOMEM : io_write_full(s->out, str_text(text), text->len);

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

static int write_blob(const struct save *s, const char *digest, struct err *e)
{
	autofree char *name = str_format("blobs/sha256/%s", image_digest_hex(digest));
	autofd int fd = path_open(s->dir, image_digest_hex(digest), PATH_OWN, O_RDONLY | O_NOCTTY, 0);
	autostr struct str header = STR_INIT, padding = STR_INIT;
	struct stat st;

	if (!name)
		return err_nomem(e);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, fd < 0 ? -fd : errno, "blob '%s'", digest);
	tar_write_padding(&padding, (uint64_t)st.st_size);
	if (tar_write_header(&header, name, (uint64_t)st.st_size, e) < 0 || write_text(s, &header, e) < 0)
		return -1;
	return copy_blob(fd, s->out, (uint64_t)st.st_size, digest, e) < 0 ? -1 : write_text(s, &padding, e);
}

static int add_documents(const struct save *s, struct str *to, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		autostr struct str text = STR_INIT;
		struct json_writer w = { .out = &text };

		documents[i].add(s, &w);
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

static int write_archive(const struct save *s, struct err *e)
{
	autostr struct str head = STR_INIT, tail = STR_INIT;

	if (tar_write_header(&head, "blobs/", 0, e) < 0 || tar_write_header(&head, "blobs/sha256/", 0, e) < 0 ||
	    write_text(s, &head, e) < 0)
		return -1;
	for (size_t i = 0; i < s->blobs.n; i++)
		if (write_blob(s, s->blobs.items[i], e) < 0)
			return -1;
	return add_documents(s, &tail, e) < 0 ? -1 : write_text(s, &tail, e);
}

int image_save(struct store *store, char *const *names, size_t n, int (*target)(void *arg, struct err *e), void *arg,
	       struct err *e)
{
	cleanup(save_done) struct save s = { .store = store, .dir = -EBADF };

	for (size_t i = 0; i < n; i++)
		if (add_typed(&s, names[i], e) < 0)
			return -1;
	if (collect_blobs(&s, e) < 0)
		return -1;
	s.dir = instance_dir(store_instance(store), CONTENT_BLOBS, e);
	if (s.dir < 0)
		return -1;
	s.out = target(arg, e);
	return s.out < 0 ? -1 : write_archive(&s, e);
}
