/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Starting lighter-worker for one job on foreign bytes. The caller hands over descriptors and a request; the worker
 * restricts itself before it touches a foreign byte, sends events (formats/worker_msg) and goes. It dies with its
 * client, in a session of its own, so that a terminal's Ctrl-C reaches the client alone.
 */

#include <stddef.h>

#include "base/err.h"
#include "formats/worker_msg.h"

struct worker_job {
	const char *name;    /* "pull", "load" */
	const char *libexec; /* directory of lighter-worker */
	const struct worker_request *request;
	const int *fds; /* what the job needs: staging directory, input; at most WORKER_FDS */
	size_t n_fds;
	int cancel_fd; /* readable: cancel; 0: never */
};

enum { WORKER_FDS = 4 };

/* Runs the job to its end. `event` gets every message but the last, in order, and checks what it says; a negative result
 * ends the job: the worker is killed and reaped. An error of the job comes back as `e`, cancelling as ERR_CANCELLED. */
int worker_run(const struct worker_job *job, int (*event)(const struct worker_msg *msg, void *arg, struct err *e),
	       void *arg, struct err *e);
