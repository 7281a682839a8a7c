/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is pushed is what was pulled or loaded: the manifest and blobs as they are stored, so that digests stay. Each image
 * of the repository is one job of the worker, which reads the blobs and nothing else.
 */

#include <string.h>

#include "image/content.h"
#include "image/endpoint.h"
#include "image/image.h"
#include "image/names.h"
#include "image/remote_job.h"
#include "oci/ref.h"

enum { SOURCES_MAX = 3 };

struct pushing {
	struct store *store;
	const struct image_push *how;
	const struct image_progress_sink *sink;
	struct oci_ref ref;
	const struct image_record *record; /* of the image that is pushed now */
	uint32_t n;
};

static void request_done(struct worker_request *request)
{
	decode_done(&worker_request_table, request);
}

static int on_text(const struct worker_text *text, void *arg, struct err *e)
{
	struct pushing *p = arg;

	p->n++;
	return p->how->pushed ? p->how->pushed(text->text, p->record->manifest, text->number, p->how->arg, e) : 0;
}

static bool shares_blob(const struct image_record *a, const struct image_record *b)
{
	for (size_t i = 0; i < a->blobs.n; i++)
		if (strv_contains(&b->blobs, a->blobs.items[i]))
			return true;
	return false;
}

/* Repositories of the same registry under which we know an image that has blobs in common. */
static int add_sources(const struct pushing *p, const struct store_image *image, struct strv *to, struct err *e)
{
	for (size_t i = 0; i < image->names.n && to->n < SOURCES_MAX; i++) {
		struct oci_ref ref;
		int r = 0;

		if (oci_ref_parse(image->names.items[i], &ref, NULL) < 0)
			continue;
		if (str_eq(ref.host, p->ref.host) && !str_eq(ref.repository, p->ref.repository) &&
		    !strv_contains(to, ref.repository))
			r = strv_add(to, ref.repository);
		oci_ref_done(&ref);
		if (r < 0)
			return err_nomem(e);
	}
	return 0;
}

static int find_sources(const struct pushing *p, const struct store_images *images, struct strv *to, struct err *e)
{
	for (size_t i = 0; i < images->n && to->n < SOURCES_MAX; i++) {
		const struct store_image *image = &images->items[i];
		struct image_record record;
		int r;

		if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
			return err_prefix(e, "image '%s'", image->id);
		r = shares_blob(p->record, &record) ? add_sources(p, image, to, e) : 0;
		image_record_done(&record);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int push_record(struct pushing *p, const struct store_images *images, const struct strv *tags, struct err *e)
{
	cleanup(request_done) struct worker_request request = { .reference = NULL };
	autofd int blobs = instance_dir(store_instance(p->store), "images/blobs", e);
	struct image_remote remote = p->how->remote;
	struct remote_job job = {
		.name = "push", .request = &request, .blobs = blobs, .sink = p->sink, .text = on_text, .arg = p,
	};

	remote.no_mirrors = true;
	if (blobs < 0 || endpoint_network(&remote, p->how->reference, &request.network, e) < 0 ||
	    find_sources(p, images, &request.sources, e) < 0)
		return -1;
	request.manifest_digest = strdup(p->record->manifest);
	request.manifest_type = strdup(p->record->manifest_type);
	if (!request.manifest_digest || !request.manifest_type || strv_copy(&request.words, tags) < 0)
		return err_nomem(e);
	return remote_job_run(p->store, &job, e);
}

/* The tags of the repository that the image has here. */
static int tags_of(const struct pushing *p, const struct store_image *image, struct strv *to, struct err *e)
{
	for (size_t i = 0; i < image->names.n; i++) {
		struct oci_ref ref;
		bool ours;
		int r = 0;

		if (oci_ref_parse(image->names.items[i], &ref, NULL) < 0)
			continue;
		ours = ref.tag && str_eq(ref.host, p->ref.host) && str_eq(ref.repository, p->ref.repository) &&
		       (p->how->all_tags || str_eq(ref.tag, p->ref.tag));
		if (ours)
			r = strv_add(to, ref.tag);
		oci_ref_done(&ref);
		if (r < 0)
			return err_nomem(e);
	}
	return 0;
}

static int push_all(struct pushing *p, const struct store_images *images, struct err *e)
{
	for (size_t i = 0; i < images->n; i++) {
		const struct store_image *image = &images->items[i];
		autostrv struct strv tags = STRV_INIT;
		struct image_record record;
		int r;

		if (tags_of(p, image, &tags, e) < 0)
			return -1;
		if (tags.n == 0)
			continue;
		if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
			return err_prefix(e, "image '%s'", image->id);
		p->record = &record;
		r = push_record(p, images, &tags, e);
		image_record_done(&record);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int say_where(const struct pushing *p, struct err *e)
{
	autofree char *line = str_format("The push refers to repository [%s/%s]", p->ref.host, p->ref.repository);
	const struct image_progress progress = { .status = line };

	if (!line)
		return err_nomem(e);
	if (p->sink && p->sink->event && p->sink->event(&progress, p->sink->arg) < 0)
		return err_set(e, ERR_CANCELLED, "cancelled");
	return 0;
}

int image_push(struct store *store, const struct image_push *how, const struct image_progress_sink *sink, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };
	struct pushing p = { .store = store, .how = how, .sink = sink };
	int r;

	if (oci_ref_parse(how->reference, &p.ref, e) < 0)
		return -1;
	r = p.ref.digest ? err_set(e, ERR_INVALID, "cannot push a digest reference") : store_image_list(store, true, &images, e);
	if (r == 0)
		r = say_where(&p, e);
	if (r == 0)
		r = push_all(&p, &images, e);
	if (r == 0 && p.n == 0)
		r = err_set(e, ERR_NOT_FOUND, "an image does not exist locally with the tag: %s", how->reference);
	else if (r < 0)
		r = err_prefix(e, "push '%s'", how->reference);
	oci_ref_done(&p.ref);
	return r;
}

/* ---- the tags of a registry ---- */

struct tags {
	const struct oci_ref *ref;
	struct strv *to;
};

static int on_tag(const struct worker_text *text, void *arg, struct err *e)
{
	const struct tags *tags = arg;
	autofree char *name = str_format("%s/%s:%s", tags->ref->host, tags->ref->repository, text->text), *normal = NULL;

	if (!name)
		return err_nomem(e);
	if (names_normalise(name, &normal, e) < 0)
		return err_prefix(e, "list of tags");
	return strv_take(tags->to, take_ptr(normal)) < 0 ? err_nomem(e) : 0;
}

int image_remote_tags(struct store *store, const struct image_remote *remote, const char *repository, struct strv *ret,
		      struct err *e)
{
	cleanup(request_done) struct worker_request request = { .reference = NULL };
	struct oci_ref ref;
	struct tags tags = { &ref, ret };
	const struct remote_job job = { .name = "tags", .request = &request, .blobs = -EBADF, .text = on_tag, .arg = &tags };
	int r;

	if (oci_ref_parse(repository, &ref, e) < 0)
		return -1;
	r = endpoint_network(remote, repository, &request.network, e);
	if (r == 0)
		r = remote_job_run(store, &job, e);
	oci_ref_done(&ref);
	return r < 0 ? err_prefix(e, "'%s'", repository) : 0;
}
