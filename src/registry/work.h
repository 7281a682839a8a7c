/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The `work` of an exchange in a child: what waits for the disk (syncs), takes processor time (a hash of what came over
 * several connections) or reads documents holds up nobody, and a crash of it is one failed request. The child has our memory
 * as it was, so it takes no arguments; its outcome comes through a pipe.
 */

#include "base/loop.h"
#include "registry/exchange.h"

struct server;

struct work {
	struct loop_source source; /* the pipe */
	struct exchange *exchange;
	struct server *server;
	void (*ended)(struct work *w); /* the exchange has its answer */
};

#define WORK_INIT(ended_) { .source.fd = -EBADF, .ended = (ended_) }

/* Starts it. When there are too many already, it is done here and now: the exchange has its answer then. */
int work_start(struct work *w, struct exchange *x, struct server *s);

/* The client has gone: whatever comes is not wanted. */
void work_abandon(struct work *w, struct server *s);
