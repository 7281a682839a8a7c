/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Progress of long work. On a terminal each object has one line that is redrawn in place; elsewhere each change of an
 * object's status is one plain line, so that a log of a build stays readable.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "image/image.h"

struct progress_object { char *name, *status; int64_t drawn; };

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
