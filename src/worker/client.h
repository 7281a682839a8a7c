/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Starting lighter-worker for one job on foreign bytes. The caller hands over descriptors and a request record; the
 * worker restricts itself before it touches a foreign byte, sends progress and records (formats/worker_msg), and goes.
 */

#include "base/decode.h"
#include "base/err.h"
#include "base/proc.h"

struct worker_job {
	const char *name;    /* a row of worker/job.c: "pull", "load" */
	const char *libexec; /* directory of lighter-worker */
	const char *request; /* JSON of the job's own request table */
	const int *fds;	     /* what the job needs: staging directory, input */
	size_t n_fds;
};

/* Runs the job to its end. `event` gets every message but the last (type, JSON text), in order; < 0 cancels: the worker
 * is killed and reaped. *ret_result: the job's final record (JSON, owned). An error of the job is returned as `e`. */
int worker_run(const struct worker_job *job, int (*event)(const char *type, const char *json, void *arg), void *arg,
	       char **ret_result, struct err *e);
