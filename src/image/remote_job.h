/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A job of lighter-worker that asks a registry and brings no image: login, push, tags. */

#include "formats/worker_msg.h"
#include "image/image.h"

struct remote_job {
	const char *name;
	struct worker_request *request;
	int blobs; /* directory that the worker may read, borrowed; < 0: none */
	const struct image_progress_sink *sink; /* may be NULL */
	int (*text)(const struct worker_text *text, void *arg, struct err *e); /* NULL: none is expected */
	void *arg;
};

int remote_job_run(struct store *store, const struct remote_job *job, struct err *e);
