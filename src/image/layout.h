/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images in the forms that others read, written from blobs that are kept as files named by their digests. */

#include "image/content.h"

struct layout {
	struct content_images *images; /* borrowed; sorted by layout_init */
	const char *ref_name;	       /* the annotation of the one image as it was typed; NULL: the tag of each name */
	int blobs;		       /* directory of HEX, borrowed */
	struct strv digests;	       /* all of the images, each once, sorted */
};

#define LAYOUT_INIT { .blobs = -EBADF }

int layout_init(struct layout *l, struct content_images *images, const char *ref_name, int blobs, struct err *e);
void layout_done(struct layout *l);
#define autolayout cleanup(layout_done)

/* A tar that is an OCI image layout and a docker-archive. */
int layout_write_archive(const struct layout *l, int out, struct err *e);
/* Into an empty directory: an OCI image layout; skopeo's dir of one image. */
int layout_write_oci(const struct layout *l, int dir, struct err *e);
int layout_write_dir(const struct layout *l, int dir, struct err *e);
