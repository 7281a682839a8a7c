/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole files of our own below a directory descriptor. `name` is one component or a path below `dir` without links. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/path.h"
#include "base/str.h"

/* Appends the file to `to`; larger than `max` is an error. ERR_NOT_FOUND when it does not exist. */
int file_read(int dir, const char *name, size_t max, struct str *to, struct err *e);

/* A line of a kernel file (/proc, /sys, cgroup) without its newline: 0 or -errno. */
int file_read_line(int dir, const char *name, char *to, size_t size);
int file_write_text(int dir, const char *name, const char *text); /* one write(2) to an existing file: 0 or -errno */
int file_write_text_by(int dir, const char *name, enum path_policy policy, const char *text); /* not by PATH_HOST */

enum file_sync { FILE_ATOMIC, FILE_DURABLE };

/* Replaces `name` in one step by a temporary file beside it and rename. FILE_DURABLE also syncs the file and the
 * directory before it returns: then an acknowledged write survives a power cut. */
int file_replace(int dir, const char *name, const void *bytes, size_t len, mode_t mode, enum file_sync sync,
		 struct err *e);

/* A new file that has all its bytes when it gets its name, in the place of one that is there: killed in between, nothing is
 * left, but an old one may be gone. */
int file_place(int dir, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e);

/* mkdirat that accepts an existing directory and opens it O_PATH: the descriptor or -errno. */
int file_make_dir(int dir, const char *name, mode_t mode);
