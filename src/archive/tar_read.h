/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A tar stream read entry by entry: ustar, pax (POSIX.1-2001) and GNU long names and numbers. Pure but for its source.
 * An entry's strings are valid until the next call. Bounded: names TAR_PATH, attributes TAR_META bytes an entry.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/source.h"
#include "base/decode.h"
#include "base/str.h"

enum { TAR_BLOCK = 512, TAR_PATH = 4096, TAR_META = 1 << 20 };

enum tar_type {
	TAR_FILE = '0', TAR_HARDLINK = '1', TAR_SYMLINK = '2', TAR_CHAR = '3', TAR_DEVICE = '4', TAR_DIRECTORY = '5',
	TAR_FIFO = '6',
};

struct tar_xattr {
	char *name;
	char *value;
	size_t len;
};

struct tar_entry {
	enum tar_type type;
	char *path, *link;
	uint32_t mode, uid, gid, major, minor;
	uint64_t size;
	int64_t mtime;
	uint32_t mtime_nsec;
	struct { struct tar_xattr *items; size_t n; } xattrs;
};

struct tar_reader;

int tar_reader_new(struct source *from, struct tar_reader **ret, struct err *e);
void tar_reader_free(struct tar_reader *t);

/* The next entry (what was not read of the last one is skipped): 1, 0 at the end, -1. Borrowed until the next call. */
int tar_next(struct tar_reader *t, const struct tar_entry **ret, struct err *e);

/* The content of the current file: bytes, 0 at its end, -1. */
ssize_t tar_read(struct tar_reader *t, void *to, size_t len, struct err *e);
