/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a client sends, as a file uploads/ID that is locked while a request writes it. An upload may be continued by another
 * connection, another process or after a restart: its size is the file's. The hash is only kept as long as all bytes came
 * through this object; otherwise the file is read again at the end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "registry/digest.h"
#include "registry/registry.h"

enum { UPLOAD_ID = 32 + 1 + 16 + 1 }; /* random, and a hash of the repository that it belongs to */

struct upload {
	int fd;
	char id[UPLOAD_ID]; /* "" when it has no name */
	uint64_t size, started; /* started: bytes whose writing to the disk has begun */
	struct hash hash;	/* context NULL: not kept */
};

#define UPLOAD_INIT { .fd = -EBADF }

int upload_new(const struct registry *r, const char *repository, struct upload *ret, struct err *e);
int upload_unnamed(const struct registry *r, struct upload *ret, struct err *e); /* gone when it is closed */

/* 0, -ENOENT (also for another repository's), -EAGAIN while another request writes it, or -errno. */
int upload_open(const struct registry *r, const char *repository, const char *id, struct upload *ret);

int upload_write(struct upload *u, const void *bytes, size_t len); /* 0 or -errno */

/* Others may write to it; the hash so far is kept. */
void upload_close(struct upload *u);

/* Closes it; the file stays. */
void upload_done(struct upload *u);
void upload_remove(const struct registry *r, struct upload *u); /* and closes */

/* Is it what the digest says? 1, 0, or -1. */
int upload_matches(struct upload *u, const struct digest *digest, struct err *e);

/* Syncs the file and gives it its place in the store and in the repository, durably; it has no other name afterwards. */
int upload_publish(const struct registry *r, const char *repository, struct upload *u, const struct digest *digest,
		   struct err *e);

/* Removes what nobody has written to since `before` (seconds of the wall clock) and nobody has open; and blobs of the store
 * that are linked nowhere else and as old. */
void upload_sweep(const struct registry *r, int64_t before);
