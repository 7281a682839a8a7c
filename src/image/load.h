/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What load and import share: the worker reads an archive, what it made is committed. */

#include "image/content.h"
#include "image/image.h"

struct load_how {
	const char *job;	   /* of lighter-worker: "load", "import" */
	const char *config;	   /* of the request, or NULL */
	const struct strv *names;  /* what the one image is to be called; NULL: as the archive says */
	const struct image_progress_sink *sink;
};

int load_archive(struct store *store, int fd, const struct load_how *how, struct content_images *ret, struct err *e);
