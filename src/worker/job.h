/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The worker's side: one job, then gone. job_main reads the request, restricts the process (worker/restrict.h) and only
 * then calls the job, which is the first code to touch a foreign byte. Errors go back as the last message.
 */

#include <stdbool.h>

#include "base/err.h"
#include "formats/worker_msg.h"

/* Descriptors of a worker: 0 and 1 are /dev/null, 2 is the client's, then the socket, the staging directory, the rest. */
enum { WORKER_FD_SOCKET = 3, WORKER_FD_FIRST = 4, WORKER_FD_STAGING = 4, WORKER_FD_INPUT = 5 };

struct job_context {
	struct worker_request request;
	int sock;
	int staging;	      /* the staging directory; files made through it get the image's own ids */
	int input;	      /* the archive of "load" */
	uint32_t id_limit;    /* ids of files must be below */
};

struct job {
	const char *name;
	bool network; /* else it runs in a network namespace with nothing in it */
	int (*run)(struct job_context *ctx, struct err *e);
	bool blobs; /* its input is a directory to read from */
};

/* The whole life of the worker: its exit status. */
int job_main(const struct job *jobs, size_t n, const char *name);

/* Sends one event; the client's death is an error like another. */
int job_send(const struct job_context *ctx, enum worker_msg_type type, const struct decode_table *table, const void *body,
	     struct err *e);
int job_progress(const struct job_context *ctx, const char *object, const char *status, uint64_t current, uint64_t total,
		 struct err *e);
