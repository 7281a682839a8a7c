/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a mount goes: paths of the container by their letters, and the one opening of a destination below the root. What
 * is returned is O_PATH; a negative number is -errno.
 */

#include <limits.h>
#include <stdbool.h>

#include "base/vec.h"
#include "runtime/container.h"

/* The absolute form without empty, "." and ".." components; relative ones begin at "/". Links are not looked at.
 * Returns `to`; a path that is too long becomes "/", which nothing accepts. */
const char *mountpoint_clean(const char *path, char to[static PATH_MAX]);
bool mountpoint_is(const char *path, const char *clean);
bool mountpoint_is_below(const char *path, const char *directory); /* strictly; both in any form */

/* "mode=" among the data of a tmpfs. */
bool mountpoint_has_mode(const struct strv *data);

/* Opens `path` in the root, following its links there. */
int mountpoint_open(int root, const char *path);
/* As mountpoint_open; what is missing is made, also behind links that dangle: a directory or an empty file. */
int mountpoint_make(int root, const char *path, bool directory, bool *ret_made);

/* The destination of a mount: *ret_made tells if it had to be made. `source` (or -EBADF) decides what is made. Refuses
 * what must not be covered: /proc by anything but proc, what is inside of /proc but a few files. */
int mountpoint_open_for(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int source,
			bool *ret_made, struct err *e);
