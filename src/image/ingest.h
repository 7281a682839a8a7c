/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where an image is put together before it counts: images/ingest/NAME.d, owned by whoever holds the lock on
 * images/ingest/NAME. The kernel drops the lock with its holder, so a directory whose lock is free is what a killed
 * process left, and the next job removes it.
 *
 * What a pull had fetched of its blobs when it ended early is kept in images/partial for the next pull, for a week.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/own.h"
#include "store/instance.h"

enum { INGEST_NAME = 220 };

struct ingest {
	int parent;  /* images/ingest */
	int lock;
	int staging; /* NAME.d */
	int partial; /* images/partial */
	char name[INGEST_NAME];
};

#define INGEST_INIT { .parent = -EBADF, .lock = -EBADF, .staging = -EBADF, .partial = -EBADF }

/* Takes the lock of job `key` (any text: a reference) and makes its empty directory. When another process works on the
 * same key it is waited for, until `cancel_fd` (0: none) is readable: if it was successful, *ret_result is what it had
 * handed to ingest_finish (owned) and nothing is taken. Returns 1 then, 0 when the caller is to work, or -1. */
int ingest_open(const struct instance *instance, const char *key, int cancel_fd, struct ingest *ret, char **ret_result,
		struct err *e);

/* For a pull: moves what others had fetched into the staging directory's own partial/. ingest_done moves it back, with what
 * has come meanwhile and did not find its place. */
int ingest_resume(struct ingest *ingest, struct err *e);

/* Tells those who wait that the work is done. */
int ingest_finish(struct ingest *ingest, const char *key, const char *result, struct err *e);

/* Removes the directory and gives the lock back. */
void ingest_done(struct ingest *ingest);
#define autoingest cleanup(ingest_done)

/* Removes what killed jobs left behind: the number of them, or -1. */
int ingest_sweep(const struct instance *instance, struct err *e);

/* Moves `name` of `dir` out of sight in one step, then removes it; after a crash ingest_sweep does the rest. */
int ingest_discard(const struct instance *instance, int dir, const char *name, struct err *e);
