/* SPDX-License-Identifier: Apache-2.0 */
#include "image/remote_job.h"

#include <stdio.h>

#include "base/id.h"
#include "image/ingest.h"
#include "store/store.h"
#include "worker/client.h"

static int on_progress(const struct remote_job *job, const struct worker_msg *msg, struct err *e)
{
	struct worker_progress p;
	int r = 0;

	if (decode_text(&worker_progress_table, msg->json, msg->len, &p, e) < 0)
		return -1;
	if (job->sink && job->sink->event)
		r = job->sink->event(&(struct image_progress){ p.object[0] ? p.object : NULL, p.status, p.current, p.total },
				     job->sink->arg);
	decode_done(&worker_progress_table, &p);
	return r < 0 ? err_set(e, ERR_CANCELLED, "cancelled") : 0;
}

static int on_event(const struct worker_msg *msg, void *arg, struct err *e)
{
	const struct remote_job *job = arg;
	struct worker_text text;
	int r;

	if (msg->type == WORKER_PROGRESS)
		return on_progress(job, msg, e);
	if (msg->type != WORKER_TEXT || !job->text)
		return err_set(e, ERR_INVALID, "lighter-worker: message '%s' is out of place", worker_msg_name(msg->type));
	if (decode_text(&worker_text_table, msg->json, msg->len, &text, e) < 0)
		return -1;
	r = job->text(&text, job->arg, e);
	decode_done(&worker_text_table, &text);
	return r;
}

int remote_job_run(struct store *store, const struct remote_job *job, struct err *e)
{
	autoingest struct ingest ingest = INGEST_INIT;
	char unique[ID_TEXT], key[ID_TEXT + 8];
	struct worker_job worker = {
		.name = job->name,
		.libexec = store_instance(store)->libexec,
		.request = job->request,
		.cancel_fd = job->sink ? job->sink->cancel_fd : 0,
	};
	autofree char *none = NULL;
	int fds[2], r = id_new(unique);

	if (r < 0)
		return err_sys(e, -r, "%s", job->name);
	(void)snprintf(key, sizeof(key), "%.8s-%.16s", job->name, unique);
	if (ingest_open(store_instance(store), key, 0, &ingest, &none, e) < 0)
		return -1;
	fds[0] = ingest.staging;
	fds[1] = job->blobs;
	worker.fds = fds;
	worker.n_fds = job->blobs < 0 ? 1 : 2;
	return worker_run(&worker, on_event, (void *)(uintptr_t)job, e);
}
