/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The order is the security of it: the request comes from our own client and is read first; then the process gives up
 * what the job does not need; then the job runs.
 */

#include "worker/job.h"

#include <string.h>

#include "base/own.h"
#include "worker/restrict.h"

int job_send(const struct job_context *ctx, enum worker_msg_type type, const struct decode_table *table, const void *body,
	     struct err *e)
{
	int r = worker_msg_send(ctx->sock, type, table, body);

	return r < 0 ? err_sys(e, -r, "send to the client of lighter-worker") : 0;
}

int job_progress(const struct job_context *ctx, const char *object, const char *status, uint64_t current, uint64_t total,
		 struct err *e)
{
	struct worker_progress progress = {
		.object = (char *)(uintptr_t)object,
		.status = (char *)(uintptr_t)status,
		.current = current,
		.total = total,
	};

	return job_send(ctx, WORKER_PROGRESS, &worker_progress_table, &progress, e);
}

static const struct job *job_find(const struct job *jobs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(jobs[i].name, name))
			return &jobs[i];
	return NULL;
}

static int job_read_request(struct job_context *ctx, struct err *e)
{
	autostr struct str buffer = STR_INIT;
	struct worker_msg msg;
	int r = worker_msg_read(ctx->sock, &buffer, &msg, e);

	if (r < 0)
		return -1;
	if (r == 0 || msg.type != WORKER_REQUEST)
		return err_set(e, ERR_INVALID, "lighter-worker: there is no request");
	return decode_text(&worker_request_table, msg.json, msg.len, &ctx->request, e);
}

static int job_run(const struct job *job, struct job_context *ctx, struct err *e)
{
	const struct restrict_how how = {
		.staging = WORKER_FD_STAGING,
		.client = WORKER_FD_SOCKET,
		.network = job->network,
		.blobs = job->blobs ? WORKER_FD_INPUT : -EBADF,
	};
	struct restrict_result limits;

	if (job_read_request(ctx, e) < 0)
		return -1;
	if (restrict_self(&how, &limits, e) < 0)
		return err_prefix(e, "restrict lighter-worker");
	ctx->staging = limits.staging;
	ctx->id_limit = limits.id_limit;
	if (job->blobs)
		ctx->input = limits.blobs;
	return job->run(ctx, e);
}

int job_main(const struct job *jobs, size_t n, const char *name)
{
	struct job_context ctx = { .sock = WORKER_FD_SOCKET, .staging = WORKER_FD_STAGING, .input = WORKER_FD_INPUT };
	const struct job *job = job_find(jobs, n, name);
	struct err e = ERR_INIT;
	int r;

	if (!job)
		r = err_set(&e, ERR_INVALID, "lighter-worker has no job '%.100s'", name);
	else
		r = job_run(job, &ctx, &e);
	decode_done(&worker_request_table, &ctx.request);
	if (r == 0) {
		r = worker_msg_send(ctx.sock, WORKER_RESULT, &worker_result_table, &(struct worker_result){ 0 });
		return r < 0;
	}
	(void)worker_msg_send(ctx.sock, WORKER_ERROR, &worker_error_table,
			      &(struct worker_error){ .code = e.code, .number = e.number, .text = e.text });
	return 1;
}
