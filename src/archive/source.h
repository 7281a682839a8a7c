/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where bytes come from: a stream that is read once, front to back. Embedded first in what implements it. */

#include <sys/types.h>

#include "base/err.h"

struct source {
	/* The next bytes: their number, 0 at the end, -1. */
	ssize_t (*read)(struct source *s, void *to, size_t len, struct err *e);
};

static inline ssize_t source_read(struct source *s, void *to, size_t len, struct err *e)
{
	return s->read(s, to, len, e);
}

/* Exactly `len` bytes: 1, 0 when the stream had already ended, -1 when it ends in between. */
int source_read_full(struct source *s, void *to, size_t len, struct err *e);

/* A descriptor, borrowed. */
struct source_fd {
	struct source source;
	int fd;
};

void source_fd_init(struct source_fd *s, int fd);
