/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Progress of long work. On a terminal each object has one line that is redrawn in place, with bytes, rate and time left;
 * elsewhere each change of an
 * object's status is one plain line, so that a log of a build stays readable.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "image/image.h"

struct progress_object {
	char *name, *status;
	int64_t drawn, began; /* clock_boot; began: when its status came */
	uint64_t first;	      /* bytes that were there then */
};

/* " 12.3MB/s 4s": the rate of `done` bytes in `elapsed` nanoseconds and the time that `left` bytes take; nothing in the first
 * second. */
void progress_rate(struct str *to, uint64_t done, uint64_t left, int64_t elapsed);

struct progress {
	int fd;
	bool live;
	bool quiet; /* nothing is shown */
	struct { struct progress_object *items; size_t n; } objects;
};

void progress_init(struct progress *p, int fd, bool quiet);
void progress_done(struct progress *p);
#define autoprogress cleanup(progress_done)

/* The sink for image_pull and image_load; `arg` is the struct progress. */
int progress_event(const struct image_progress *event, void *arg);
