/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From one form to another without the store and without unpacking. Whatever the source is, the worker reads its documents and
 * compares every blob with its digest in a staging directory; what is written then is made of the worker's record and of those
 * blobs. A transport is a row: how its blobs and documents get there, how a layout is written to it.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "archive/tar_write.h"
#include "base/file.h"
#include "base/id.h"
#include "base/io.h"
#include "base/path.h"
#include "image/image.h"
#include "image/ingest.h"
#include "image/layout.h"
#include "image/names.h"
#include "image/target.h"
#include "image/work.h"

enum { DOCUMENT_MAX = 4 << 20, CHUNK = 1 << 20 };

struct place {
	const struct transport *transport;
	char *path;
	const char *ref; /* behind the colon, or NULL */
};

struct transport {
	const char *name;
	/* The worker's input: an archive, or a tar of the documents alone when the blobs were put into `staging`. */
	int (*input)(const struct place *from, int staging, struct err *e);
	int (*write)(const struct place *to, const struct layout *layout, struct err *e);
	bool takes_ref;
};

static void place_done(struct place *p)
{
	free(p->path);
}

/* ---- reading ---- */

static int open_archive(const struct place *from, int staging, struct err *e)
{
	int fd = path_open(AT_FDCWD, from->path, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);

	return fd < 0 ? err_sys(e, -fd, "open '%s'", from->path) : fd;
}

static int add_document(int dir, const char *name, const char *member, struct str *tar, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (file_read(dir, name, DOCUMENT_MAX, &text, e) < 0 || tar_write_header(tar, member, text.len, e) < 0)
		return -1;
	str_add_bytes(tar, str_text(&text), text.len);
	tar_write_padding(tar, text.len);
	return 0;
}

/* A tar of a few documents, in memory. */
static int finish_tar(struct str *tar, struct err *e)
{
	autofd int fd = memfd_create("documents", MFD_CLOEXEC);
	int r;

	tar_write_end(tar);
	r = fd < 0 ? -errno : tar->failed ? -ENOMEM : io_write_full(fd, tar->data, tar->len);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? err_sys(e, -r, "hand the documents over") : take_fd(fd);
}

static int copy_file(int dir, const char *name, int to, struct err *e)
{
	autofd int from = path_open(dir, name, PATH_OWN, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0), file = -EBADF;
	autofree char *chunk = malloc(CHUNK);
	ssize_t n;
	int r = 0;

	if (!chunk)
		return err_nomem(e);
	if (from < 0)
		return err_sys(e, -from, "open '%s'", name);
	file = path_open(to, name, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, 0600);
	if (file < 0)
		return err_sys(e, -file, "copy '%s'", name);
	while (r == 0 && (n = read(from, chunk, CHUNK)) != 0)
		r = n < 0 ? -errno : io_write_full(file, chunk, (size_t)n);
	return r < 0 ? err_sys(e, -r, "copy '%s'", name) : 0;
}

/* Every file that is named like a blob; the worker finds out whether it is one. No link is followed. */
static int stage_blobs(int dir, int staging, struct err *e)
{
	autofd int blobs = path_make_dirs(staging, "blobs", PATH_OWN, 0700);
	struct dirent *entry;
	int fd, r = 0;
	DIR *d;

	if (blobs < 0)
		return err_sys(e, -blobs, "make the staging directory");
	fd = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			own_close(&fd);
		return err_sys(e, fd < 0 ? -fd : errno, "read the directory of blobs");
	}
	while (r == 0 && (entry = readdir(d)))
		if (id_is_whole(entry->d_name))
			r = copy_file(dir, entry->d_name, blobs, e);
	(void)closedir(d);
	return r;
}

static int open_directory(const struct place *from, struct err *e)
{
	int dir = path_open(AT_FDCWD, from->path, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);

	return dir < 0 ? err_sys(e, -dir, "open '%s'", from->path) : dir;
}

static int open_oci(const struct place *from, int staging, struct err *e)
{
	autofd int dir = open_directory(from, e), blobs = -EBADF;
	autostr struct str tar = STR_INIT;

	if (dir < 0)
		return -1;
	blobs = path_open(dir, "blobs/sha256", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (blobs < 0)
		return err_sys(e, -blobs, "open '%s/blobs/sha256'", from->path);
	if (add_document(dir, "oci-layout", "oci-layout", &tar, e) < 0 ||
	    add_document(dir, "index.json", "index.json", &tar, e) < 0)
		return err_prefix(e, "'%s'", from->path);
	return stage_blobs(blobs, staging, e) < 0 ? -1 : finish_tar(&tar, e);
}

static int open_dir(const struct place *from, int staging, struct err *e)
{
	autofd int dir = open_directory(from, e);
	autostr struct str tar = STR_INIT;

	if (dir < 0)
		return -1;
	if (add_document(dir, "manifest.json", JOB_DIR_MANIFEST, &tar, e) < 0)
		return err_prefix(e, "'%s'", from->path);
	return stage_blobs(dir, staging, e) < 0 ? -1 : finish_tar(&tar, e);
}

/* ---- writing ---- */

static int write_archive(const struct place *to, const struct layout *layout, struct err *e)
{
	autotarget struct target target = TARGET_INIT(to->path);
	int fd = target_open(&target, e);

	if (fd < 0 || layout_write_archive(layout, fd, e) < 0)
		return -1;
	return target_finish(&target, e);
}

/* A new directory, or one with nothing in it: what is there is somebody's. */
static int make_directory(const char *path, struct err *e)
{
	const char *name;
	autofd int parent = path_open_parent(AT_FDCWD, path, PATH_HOST, &name), dir = -EBADF;
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST))
		return err_sys(e, parent < 0 ? -parent : errno, "make '%s'", path);
	dir = path_open(parent, name, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	d = dir < 0 ? NULL : fdopendir(fcntl(dir, F_DUPFD_CLOEXEC, 3));
	if (!d)
		return err_sys(e, dir < 0 ? -dir : errno, "open '%s'", path);
	while ((entry = readdir(d)))
		n += !str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..");
	(void)closedir(d);
	return n ? err_set(e, ERR_CONFLICT, "'%s' is not empty", path) : take_fd(dir);
}

static int write_oci(const struct place *to, const struct layout *layout, struct err *e)
{
	autofd int dir = make_directory(to->path, e);

	return dir < 0 ? -1 : layout_write_oci(layout, dir, e);
}

static int write_dir(const struct place *to, const struct layout *layout, struct err *e)
{
	autofd int dir = make_directory(to->path, e);

	return dir < 0 ? -1 : layout_write_dir(layout, dir, e);
}

static const struct transport transports[] = {
	{ "dir", open_dir, write_dir, false },
	{ "docker-archive", open_archive, write_archive, true },
	{ "oci", open_oci, write_oci, true },
	{ "oci-archive", open_archive, write_archive, true },
};

/* ---- the copy ---- */

static int parse_place(const char *typed, struct place *ret, struct err *e)
{
	const char *colon = strchr(typed, ':'), *ref;
	size_t len = colon ? (size_t)(colon - typed) : strlen(typed);

	for (size_t i = 0; colon && i < ARRAY_SIZE(transports); i++)
		if (strlen(transports[i].name) == len && strncmp(typed, transports[i].name, len) == 0)
			ret->transport = &transports[i];
	if (!ret->transport)
		return err_set(e, ERR_UNSUPPORTED, "'%s': the transport is not one of dir, docker-archive, oci, oci-archive", typed);
	ref = ret->transport->takes_ref ? strchr(colon + 1, ':') : NULL;
	ret->path = ref ? strndup(colon + 1, (size_t)(ref - colon - 1)) : strdup(colon + 1);
	ret->ref = ref ? ref + 1 : NULL;
	if (!ret->path)
		return err_nomem(e);
	if (!ret->path[0] || (ref && !ref[1]))
		return err_set(e, ERR_INVALID, "'%s': a path is wanted%s", typed, ret->transport->takes_ref ? ", then maybe :NAME" : "");
	return 0;
}

/* Several names of one image are one; several images must be told apart by a name. */
static int take_one(struct content_images *images, const struct place *from, struct err *e)
{
	for (size_t i = 1; i < images->n; i++)
		if (!str_eq(images->items[i].record.id, images->items[0].record.id))
			return err_set(e, ERR_INVALID, "'%s' holds several images: say which one, '%s:%s:NAME'", from->path,
				       from->transport->name, from->path);
	while (images->n > 1) {
		struct content_image *last = &images->items[--images->n];

		image_record_done(&last->record);
		strv_done(&last->names);
	}
	return 0;
}

/* The image is called as the target says, and not otherwise. */
static int set_name(struct content_image *image, const char *ref, struct err *e)
{
	autofree char *normal = NULL;

	strv_done(&image->names);
	image->names = (struct strv)STRV_INIT;
	if (!ref || !strchr(ref, ':') || names_normalise(ref, &normal, NULL) < 0)
		return 0;
	return strv_add(&image->names, normal) < 0 ? err_nomem(e) : 0;
}

static int copy(struct store *store, const struct place *from, const struct place *to, int staging,
		const struct image_progress_sink *sink, struct err *e)
{
	cleanup(content_images_done) struct content_images images = { 0 };
	const struct work work = { .store = store, .sink = sink, .staging = staging };
	struct worker_request request = { .platform = NULL };
	autofd int input = from->transport->input(from, staging, e), blobs = -EBADF;
	autolayout struct layout layout = LAYOUT_INIT;
	int r = input < 0 ? -1 : 0;

	if (r == 0 && from->ref) {
		request.reference = strdup(from->ref);
		r = request.reference ? 0 : err_nomem(e);
	}
	if (r == 0)
		r = work_run(&work, "copy", &request, input, true, &images, e);
	decode_done(&worker_request_table, &request);
	if (r < 0 || take_one(&images, from, e) < 0 || set_name(&images.items[0], to->ref, e) < 0)
		return -1;
	blobs = path_open(staging, "blobs", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (blobs < 0)
		return err_sys(e, -blobs, "open the staging directory");
	return layout_init(&layout, &images, to->ref, blobs, e) < 0 ? -1 : to->transport->write(to, &layout, e);
}

int image_copy(struct store *store, const char *from, const char *to, const struct image_progress_sink *sink, struct err *e)
{
	cleanup(place_done) struct place source = { NULL }, target = { NULL };
	autoingest struct ingest ingest = INGEST_INIT;
	char unique[ID_TEXT], key[ID_TEXT + 8];
	char *none = NULL;
	int r;

	if (parse_place(from, &source, e) < 0 || parse_place(to, &target, e) < 0)
		return -1;
	r = id_new(unique);
	if (r < 0)
		return err_sys(e, -r, "copy");
	(void)snprintf(key, sizeof(key), "copy-%.16s", unique);
	if (image_sweep(store, e) < 0 || ingest_open(store_instance(store), key, 0, &ingest, &none, e) < 0)
		return -1;
	return copy(store, &source, &target, ingest.staging, sink, e) < 0 ? err_prefix(e, "copy") : 0;
}
