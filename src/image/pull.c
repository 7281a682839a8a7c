/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A pull is a job under the lock of its reference: sweep what killed jobs left, let the worker fill the staging directory,
 * commit. When the commit finds that something the worker had skipped was removed meanwhile, the worker runs once more and
 * skips nothing.
 */

#include <string.h>

#include "image/content.h"
#include "image/endpoint.h"
#include "image/image.h"
#include "image/ingest.h"
#include "image/names.h"
#include "image/policy.h"
#include "image/work.h"

static int tell_result(const struct image_progress_sink *sink, const char *reference, const char *digest, bool newer,
		       struct err *e)
{
	autofree char *familiar = names_familiar(reference);
	autofree char *digest_line = str_format("Digest: %s", digest);
	autofree char *status = NULL;

	if (familiar)
		status = str_format("Status: %s for %s", newer ? "Downloaded newer image" : "Image is up to date", familiar);
	if (!digest_line || !status)
		return err_nomem(e);
	return work_tell(sink, NULL, digest_line, e) < 0 ? -1 : work_tell(sink, NULL, status, e);
}

/* Somebody else pulled it while we waited. */
static int tell_waited(const struct image_progress_sink *sink, const char *reference, struct err *e)
{
	autofree char *familiar = names_familiar(reference);
	autofree char *status = familiar ? str_format("Status: Image is up to date for %s", familiar) : NULL;

	return status ? work_tell(sink, NULL, status, e) : err_nomem(e);
}

/* Is this very image known under the name already? */
static bool is_listed(struct store *store, const char *reference, const char *id)
{
	cleanup(store_image_done) struct store_image known = { 0 };

	return store_image_find(store, reference, &known, NULL) == 0 && str_eq(known.id, id);
}

static int pull_once(const struct work *work, struct worker_request *request, bool everything, char **ret_id,
		     struct err *e)
{
	cleanup(content_images_done) struct content_images images = { 0 };
	struct content_image *image;
	bool newer;
	int r;

	if (work_run(work, "pull", request, -1, everything, &images, e) < 0)
		return -1;
	if (images.n != 1)
		return err_set(e, ERR_INTERNAL, "lighter-worker announced %zu images", images.n);
	image = &images.items[0];
	strv_done(&image->names);
	image->names = (struct strv)STRV_INIT;
	if (strv_add(&image->names, request->reference) < 0)
		return err_nomem(e);
	newer = !is_listed(work->store, request->reference, image->record.id);
	r = content_commit(work->store, work->staging, &images, e);
	if (r != 0)
		return r;
	*ret_id = strdup(image->record.id);
	if (!*ret_id)
		return err_nomem(e);
	return tell_result(work->sink, request->reference, image->record.manifest, newer, e);
}

static int pull_locked(struct store *store, struct ingest *ingest, struct worker_request *request,
		       const struct image_progress_sink *sink, char **ret_id, struct err *e)
{
	const struct work work = { .store = store, .sink = sink, .staging = ingest->staging };
	autofree char *id = NULL;
	int r;

	r = pull_once(&work, request, false, &id, e);
	if (r == 1)
		r = pull_once(&work, request, true, &id, e);
	if (r == 1)
		return err_set(e, ERR_INTERNAL, "image '%s': its layers are not complete", request->reference);
	if (r < 0 || ingest_finish(ingest, request->reference, id, e) < 0)
		return -1;
	*ret_id = take_ptr(id);
	return 0;
}

static void request_done(struct worker_request *request)
{
	decode_done(&worker_request_table, request);
}

int image_sweep(struct store *store, struct err *e)
{
	int n = ingest_sweep(store_instance(store), e);

	return n > 0 ? content_collect(store, e) : n;
}

int image_pull(struct store *store, const struct image_pull *how, const struct image_progress_sink *sink, char **ret_id,
	       struct err *e)
{
	cleanup(request_done) struct worker_request request = { .platform = NULL };
	autoingest struct ingest ingest = INGEST_INIT;
	int r;

	if (image_name(how->reference, &request.reference, e) < 0)
		return -1;
	if (policy_check(request.reference, e) < 0)
		return err_prefix(e, "pull '%s'", how->reference);
	if (endpoint_network(&how->remote, request.reference, &request.network, e) < 0)
		return err_prefix(e, "pull '%s'", how->reference);
	request.platform = how->platform ? strdup(how->platform) : NULL;
	if (how->platform && !request.platform)
		return err_nomem(e);
	if (image_sweep(store, e) < 0)
		return -1;
	r = ingest_open(store_instance(store), request.reference, sink ? sink->cancel_fd : 0, &ingest, ret_id, e);
	if (r < 0)
		return err_prefix(e, "pull '%s'", how->reference);
	if (r == 1)
		return tell_waited(sink, request.reference, e);
	r = ingest_resume(&ingest, e);
	if (r == 0)
		r = pull_locked(store, &ingest, &request, sink, ret_id, e);
	return r < 0 ? err_prefix(e, "pull '%s'", how->reference) : 0;
}
