/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An overlay over idmapped layers, made in one sequence that works from Linux 5.19 on: the layers are attached in a
 * throw-away mount namespace and named by short relative paths, the super block is created with the file-system ids of
 * the container's root, and only detached clones survive.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct overlay {
	const char *const *layers; /* absolute paths of directories, top first */
	size_t n_layers;
	const char *state;    /* absolute path of the directory with `u` (upper) and `w` (work) */
	int userns;	      /* maps image ids to host ids; -EBADF: no idmap */
	uint32_t uid, gid;    /* host ids of the container's root */
	bool read_only;
	bool volatile_;	      /* the last close does not sync */
};

/* The detached mount, or -1 and `e`: ERR_UNSUPPORTED when a file system refuses the idmap, naming it. The caller must
 * be single-threaded; its own mount namespace does not change. */
int overlay_make(const struct overlay *how, struct err *e);
