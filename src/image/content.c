/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Commit: the staged files are synced once, for all layers together; then each gets its final name by a rename, which
 * either happened or did not; then the directories are synced and the store's transaction lists the image. A crash before
 * the last step leaves whole, unnamed content that the next collection removes.
 *
 * Collection works from the one truth, the store's records: what none of them names goes.
 */

#include "image/content.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/quantity.h"
#include "image/index.h"
#include "image/ingest.h"

enum { LAYER_NOTE_MAX = 65536 };
static const int64_t content_patience = 120 * NSEC_PER_SEC;

void content_images_done(struct content_images *images)
{
	for (size_t i = 0; i < images->n; i++) {
		image_record_done(&images->items[i].record);
		strv_done(&images->items[i].names);
	}
	free(images->items);
	*images = (struct content_images){ 0 };
}

int content_lock(struct store *store, struct err *e)
{
	autofd int dir = instance_dir(store_instance(store), "images", e), lock = -EBADF;
	int r;

	if (dir < 0)
		return -1;
	lock = path_open(dir, "lock", PATH_OWN, O_RDWR | O_CREAT, 0600);
	r = lock < 0 ? lock : lock_wait(lock, LOCK_EXCLUSIVE, 0, clock_boot() + content_patience);
	return r < 0 ? err_sys(e, -r, "lock 'images/lock'") : take_fd(lock);
}

/* ---- what is there ---- */

static bool name_is_digest(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

/* Calls `each` for the entries of `path` below the data root that are named like a digest. */
static int content_each(struct store *store, const char *path,
			int (*each)(int dir, const char *name, void *arg, struct err *e), void *arg, struct err *e)
{
	autofd int dir = instance_dir(store_instance(store), path, e);
	struct dirent *entry;
	int fd, r = 0;
	DIR *d;

	if (dir < 0)
		return -1;
	fd = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, -fd, "read '%s'", path);
	d = fdopendir(fd);
	if (!d) {
		(void)err_sys(e, errno, "read '%s'", path);
		own_close(&fd);
		return -1;
	}
	while (r == 0 && (entry = readdir(d)))
		if (name_is_digest(entry->d_name))
			r = each(dir, entry->d_name, arg, e);
	(void)closedir(d);
	return r;
}

static int add_digest(int dir, const char *name, void *arg, struct err *e)
{
	return strv_addf(arg, "sha256:%s", name) < 0 ? err_nomem(e) : 0;
}

int content_existing(struct store *store, struct strv *ret_layers, struct strv *ret_blobs, struct err *e)
{
	if (content_each(store, CONTENT_LAYERS, add_digest, ret_layers, e) < 0)
		return -1;
	return content_each(store, CONTENT_BLOBS, add_digest, ret_blobs, e);
}

/* ---- commit ---- */

int content_describe_layer(int layer_dir, const struct worker_layer *layer, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	encode(&worker_layer_table, layer, &w, NULL);
	if (text.failed)
		return err_nomem(e);
	return file_replace(layer_dir, "layer.json", text.data, text.len, 0600, FILE_ATOMIC, e);
}

struct commit {
	int layers, blobs;		  /* final directories */
	int staged_layers, staged_blobs;  /* -ENOENT when nothing was staged */
};

static void commit_done(struct commit *c)
{
	own_close(&c->layers);
	own_close(&c->blobs);
	own_close(&c->staged_layers);
	own_close(&c->staged_blobs);
}

static int commit_open(struct store *store, int staging, struct commit *c, struct err *e)
{
	c->layers = instance_dir(store_instance(store), CONTENT_LAYERS, e);
	if (c->layers < 0)
		return -1;
	c->blobs = instance_dir(store_instance(store), CONTENT_BLOBS, e);
	if (c->blobs < 0)
		return -1;
	c->staged_layers = path_open(staging, "layers", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	c->staged_blobs = path_open(staging, "blobs", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	return 0;
}

static bool is_type(int dir, const char *name, mode_t type)
{
	struct stat st;

	return dir >= 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

/* Is every digest of `list` staged or in place already? */
static bool all_there(const struct strv *list, int staged, int final, mode_t type)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *name = image_digest_hex(list->items[i]);

		if (!is_type(staged, name, type) && !is_type(final, name, type))
			return false;
	}
	return true;
}

/* Renames the staged entries of `list`; what has its place already stays as it is. */
static int move_all(const struct strv *list, int staged, int final, mode_t type, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *name = image_digest_hex(list->items[i]);

		if (is_type(final, name, type) || !is_type(staged, name, type))
			continue;
		if (renameat(staged, name, final, name) < 0)
			return err_sys(e, errno, "put '%s' in place", list->items[i]);
	}
	return 0;
}

static int sync_dir(int dir, const char *name, struct err *e)
{
	autofd int fd = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return err_sys(e, -fd, "sync '%s'", name);
	return fsync(fd) < 0 ? err_sys(e, errno, "sync '%s'", name) : 0;
}

static int read_note(int layers, const char *diff_id, struct worker_layer *ret, struct err *e)
{
	autofree char *path = str_format("%s/layer.json", image_digest_hex(diff_id));
	autostr struct str text = STR_INIT;

	if (!path)
		return err_nomem(e);
	if (file_read(layers, path, LAYER_NOTE_MAX, &text, e) < 0 ||
	    decode_text(&worker_layer_table, str_text(&text), text.len, ret, e) < 0)
		return err_prefix(e, "layer '%s'", diff_id);
	return 0;
}

int content_layer_size(int layers, const char *diff_id, uint64_t *ret, struct err *e)
{
	struct worker_layer layer;

	if (read_note(layers, diff_id, &layer, e) < 0)
		return -1;
	*ret = layer.size;
	decode_done(&worker_layer_table, &layer);
	return 0;
}

/* Sizes and ids come from the layers' own notes, whether the layers are new or old. */
static int measure(struct image_record *record, int layers, struct err *e)
{
	record->size = 0;
	record->greatest_id = 0;
	for (size_t i = 0; i < record->layers.n; i++) {
		struct worker_layer layer;

		if (read_note(layers, record->layers.items[i], &layer, e) < 0)
			return -1;
		record->size += layer.size;
		if (layer.greatest_id > record->greatest_id)
			record->greatest_id = layer.greatest_id;
		decode_done(&worker_layer_table, &layer);
	}
	return 0;
}

/* 0 when the config says nothing that can be read. */
static int64_t created_at(const struct image_record *record)
{
	int64_t when = 0;

	return record->created && quantity_time(record->created, 0, &when) == 0 ? when : 0;
}

static int list_image(struct store *store, struct content_image *image, int layers, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct store_image row = { .id = image->record.id, .names = image->names };

	if (measure(&image->record, layers, e) < 0)
		return -1;
	image_record_print(&image->record, &text);
	if (text.failed)
		return err_nomem(e);
	row.record = text.data;
	row.size = image->record.size;
	row.created = created_at(&image->record);
	row.added = clock_wall();
	return store_image_put(store, &row, &image->record.layers, e);
}

static int commit_files(struct commit *c, int staging, const struct content_images *images, struct err *e)
{
	for (size_t i = 0; i < images->n; i++) {
		const struct image_record *record = &images->items[i].record;

		if (!all_there(&record->layers, c->staged_layers, c->layers, S_IFDIR) ||
		    !all_there(&record->blobs, c->staged_blobs, c->blobs, S_IFREG))
			return 1;
	}
	if (syncfs(staging) < 0)
		return err_sys(e, errno, "sync the image's files");
	for (size_t i = 0; i < images->n; i++) {
		const struct image_record *record = &images->items[i].record;

		if (move_all(&record->layers, c->staged_layers, c->layers, S_IFDIR, e) < 0 ||
		    move_all(&record->blobs, c->staged_blobs, c->blobs, S_IFREG, e) < 0)
			return -1;
	}
	if (sync_dir(c->layers, CONTENT_LAYERS, e) < 0)
		return -1;
	return sync_dir(c->blobs, CONTENT_BLOBS, e);
}

int content_commit(struct store *store, int staging, struct content_images *images, struct err *e)
{
	cleanup(commit_done) struct commit c = { -EBADF, -EBADF, -EBADF, -EBADF };
	autofd int lock = content_lock(store, e);
	int r;

	if (lock < 0 || commit_open(store, staging, &c, e) < 0)
		return -1;
	r = commit_files(&c, staging, images, e);
	if (r != 0)
		return r;
	for (size_t i = 0; i < images->n; i++)
		if (list_image(store, &images->items[i], c.layers, e) < 0)
			return -1;
	return index_write(store, e);
}

/* ---- collection ---- */

struct collect {
	struct store *store;
	struct strv layers, blobs; /* what stays */
};

static void collect_done(struct collect *c)
{
	strv_done(&c->layers);
	strv_done(&c->blobs);
}

static int keep_all(struct strv *to, const struct strv *from, struct err *e)
{
	for (size_t i = 0; i < from->n; i++)
		if (strv_add(to, from->items[i]) < 0)
			return err_nomem(e);
	return 0;
}

static int collect_mark(struct collect *c, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };

	if (store_image_list(c->store, true, &images, e) < 0)
		return -1;
	for (size_t i = 0; i < images.n; i++) {
		struct image_record record;
		int r;

		if (image_record_parse(images.items[i].record, strlen(images.items[i].record), &record, e) < 0)
			return err_prefix(e, "image '%s'", images.items[i].id);
		r = keep_all(&c->layers, &record.layers, e) < 0 || keep_all(&c->blobs, &record.blobs, e) < 0 ? -1 : 0;
		image_record_done(&record);
		if (r < 0)
			return -1;
	}
	return 0;
}

static bool is_kept(const struct strv *kept, const char *name)
{
	for (size_t i = 0; i < kept->n; i++)
		if (str_eq(image_digest_hex(kept->items[i]), name))
			return true;
	return false;
}

static int sweep_layer(int dir, const char *name, void *arg, struct err *e)
{
	struct collect *c = arg;

	return is_kept(&c->layers, name) ? 0 : ingest_discard(store_instance(c->store), dir, name, e);
}

static int sweep_blob(int dir, const char *name, void *arg, struct err *e)
{
	struct collect *c = arg;

	if (is_kept(&c->blobs, name) || unlinkat(dir, name, 0) == 0)
		return 0;
	return err_sys(e, errno, "remove blob '%s'", name);
}

int content_collect_locked(struct store *store, struct err *e)
{
	cleanup(collect_done) struct collect c = { .store = store };

	if (collect_mark(&c, e) < 0)
		return -1;
	if (content_each(store, CONTENT_LAYERS, sweep_layer, &c, e) < 0)
		return -1;
	if (content_each(store, CONTENT_BLOBS, sweep_blob, &c, e) < 0)
		return -1;
	return index_write(store, e);
}

int content_collect(struct store *store, struct err *e)
{
	autofd int lock = content_lock(store, e);

	return lock < 0 ? -1 : content_collect_locked(store, e);
}
