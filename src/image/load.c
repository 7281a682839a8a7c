/* SPDX-License-Identifier: Apache-2.0 */

/* Loading an archive: as a pull, with a descriptor for a registry and the archive's own names. */

#include <string.h>

#include "base/id.h"
#include "image/content.h"
#include "image/image.h"
#include "image/ingest.h"
#include "image/load.h"
#include "image/names.h"
#include "image/work.h"

/* The names come from the archive: only what is in its normal form already is a name. */
static int check_names(const struct content_images *images, struct err *e)
{
	for (size_t i = 0; i < images->n; i++)
		for (size_t k = 0; k < images->items[i].names.n; k++) {
			const char *name = images->items[i].names.items[k];
			autofree char *normal = NULL;

			if (names_normalise(name, &normal, e) < 0)
				return -1;
			if (!str_eq(normal, name))
				return err_set(e, ERR_INVALID, "image name '%.200s' is not in its normal form", name);
		}
	return 0;
}

static int tell_loaded(const struct content_images *images, struct strv *ret_names, struct err *e)
{
	for (size_t i = 0; i < images->n; i++) {
		const struct content_image *image = &images->items[i];

		for (size_t k = 0; k < image->names.n; k++)
			if (strv_add(ret_names, image->names.items[k]) < 0)
				return err_nomem(e);
		if (image->names.n == 0 && strv_add(ret_names, image->record.id) < 0)
			return err_nomem(e);
	}
	return 0;
}

/* The names that the caller gives, to the one image. */
static int add_names(const struct strv *names, struct content_images *images, struct err *e)
{
	if (!names)
		return 0;
	if (images->n != 1)
		return err_set(e, ERR_INTERNAL, "lighter-worker announced %zu images instead of one", images->n);
	return strv_copy(&images->items[0].names, names) < 0 ? err_nomem(e) : 0;
}

static int load_once(const struct work *work, int fd, bool everything, const struct load_how *how, struct content_images *ret,
		     struct err *e)
{
	cleanup(content_images_done) struct content_images images = { 0 };
	struct worker_request request = { 0 };
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0 && everything)
		return err_sys(e, errno, "read the archive again");
	if (how->config) {
		request.config = strdup(how->config);
		if (!request.config)
			return err_nomem(e);
	}
	r = work_run(work, how->job, &request, fd, everything, &images, e);
	decode_done(&worker_request_table, &request);
	if (r < 0 || check_names(&images, e) < 0 || add_names(how->names, &images, e) < 0)
		return -1;
	r = content_commit(work->store, work->staging, &images, e);
	if (r == 0) {
		*ret = images;
		images = (struct content_images){ 0 };
	}
	return r;
}

int load_archive(struct store *store, int fd, const struct load_how *how, struct content_images *ret, struct err *e)
{
	autoingest struct ingest ingest = INGEST_INIT;
	char unique[ID_TEXT], key[ID_TEXT + 8];
	struct work work = { .store = store, .sink = how->sink };
	char *none = NULL;
	int r;

	r = id_new(unique);
	if (r < 0)
		return err_sys(e, -r, "%s", how->job);
	(void)snprintf(key, sizeof(key), "load-%.16s", unique);
	if (image_sweep(store, e) < 0)
		return -1;
	if (ingest_open(store_instance(store), key, 0, &ingest, &none, e) < 0)
		return -1;
	work.staging = ingest.staging;
	r = load_once(&work, fd, false, how, ret, e);
	if (r == 1)
		r = load_once(&work, fd, true, how, ret, e);
	if (r == 1)
		return err_set(e, ERR_INVALID, "%s: a layer that the archive names is not in it", how->job);
	return r < 0 ? err_prefix(e, "%s", how->job) : 0;
}

int image_load(struct store *store, int fd, const struct image_progress_sink *sink, struct strv *ret_names,
	       struct err *e)
{
	cleanup(content_images_done) struct content_images images = { 0 };
	const struct load_how how = { .job = "load", .sink = sink };

	return load_archive(store, fd, &how, &images, e) < 0 ? -1 : tell_loaded(&images, ret_names, e);
}
