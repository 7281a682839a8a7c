/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bytes of a connection, plain or by TLS. Descriptors do not block: -EAGAIN says in `wants` what to wait for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct transport;

struct transport_kind {
	ssize_t (*read)(struct transport *t, void *to, size_t len); /* 0: the end */
	ssize_t (*write)(struct transport *t, const void *from, size_t len, bool more);
	ssize_t (*file)(struct transport *t, int file, off_t at, size_t len);
	bool (*pending)(const struct transport *t); /* bytes have been taken from the socket that nobody has read yet */
	void (*close)(struct transport *t);
};

struct transport {
	const struct transport_kind *kind;
	int fd;
	void *tls;	/* SSL */
	uint32_t wants; /* EPOLLIN or EPOLLOUT */
};

/* Reads certificate (with its chain) and key once, for all connections. NULL with *e set. */
void *transport_tls_context(const char *certificate, const char *key, struct err *e);

/* Owns `fd`. `context` NULL: plain. */
int transport_open(struct transport *t, int fd, void *context);
void transport_close(struct transport *t);
