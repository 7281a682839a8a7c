/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of images with the options that both ways have, the descriptors that the first process had, and the log. */

#include "oci/spec.h"
#include "runtime/checkpoint.h"
#include "runtime/criu.h"

struct criu_image {
	int dir, work;
	const char *log; /* file in `work` */
	struct str options; /* of the request */
};

#define CRIU_IMAGE_INIT { .dir = -EBADF, .work = -EBADF }

/* `make`: directories that are missing are made. */
int criu_image_open(struct criu_image *image, const struct runtime_criu *how, const struct oci_spec *spec, bool make,
		    const char *log, struct err *e);
void criu_image_done(struct criu_image *image);

/* Writes down what 0, 1 and 2 of a process are. Pipes, and files that are not the container's, come from outside. */
int criu_image_keep_stdio(struct criu_image *image, pid_t pid, struct err *e);
/* For those that came from outside three descriptors of criu are taken, from `first` on. */
int criu_image_pass_stdio(struct criu_image *image, int first, struct err *e);

/* A refusal of criu's in the words of its log, and where that is; returns -1. */
int criu_image_explain(const struct criu_image *image, struct err *e);
