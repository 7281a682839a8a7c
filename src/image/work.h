/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One run of lighter-worker for images: its events become progress, layers and images, each checked before it is
 * believed; what takes privilege (device nodes, opaque directories) is applied after the worker is gone.
 */

#include "image/content.h"
#include "image/image.h"

struct work {
	struct store *store;
	const struct image_progress_sink *sink; /* may be NULL */
	int staging;
};

/* `name`: "pull" or "load"; `input` < 0: none. The request's layers and blobs are filled in here from what exists,
 * unless `everything` is wanted again. */
int work_run(const struct work *work, const char *name, struct worker_request *request, int input, bool everything,
	     struct content_images *ret, struct err *e);

/* Tells the sink, if there is one; < 0 cancels. */
int work_tell(const struct image_progress_sink *sink, const char *object, const char *status, struct err *e);
