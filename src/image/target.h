/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A file that the caller typed: written beside its name, which it gets when it is whole. What is no file (a pipe, a device) is
 * written as it is. */

#include "base/err.h"
#include "base/own.h"

enum { TARGET_TEMPORARY = 300 };

struct target {
	const char *path; /* borrowed; NULL: standard output */
	int dir, fd;
	const char *name;		  /* in `dir` */
	char temporary[TARGET_TEMPORARY]; /* "": there is none */
};

#define TARGET_INIT(path_) { .path = (path_), .dir = -EBADF, .fd = -EBADF }

int target_open(struct target *t, struct err *e); /* the descriptor, borrowed */
int target_finish(struct target *t, struct err *e);
void target_done(struct target *t); /* without target_finish nothing was written */
#define autotarget cleanup(target_done)
