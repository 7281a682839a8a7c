/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The connections of one monitor. None can hold it up: a message is sent if the socket has room, else the rest goes to
 * an unlinked file of the client's own, in order, up to CLIENT_SPILL_MAX; beyond that the client is dropped. EXIT is
 * always a client's last message.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "formats/monitor_msg.h"

struct client;
struct clients;

enum { CLIENTS_MAX = 128 };

/* What the monitor does when a client asks. All borrowed for the call. */
struct clients_calls {
	int (*kill)(struct clients *, int signal);		/* 0 or -errno */
	void (*exec)(struct clients *, int sock, const int *fds); /* MONITOR_MSG_FDS descriptors */
	void (*resize)(struct clients *, uint32_t rows, uint32_t columns);
	/* Bytes taken, or -EAGAIN: clients_stdin_ready is called later; other errors: the bytes are dropped. */
	ssize_t (*stdin_write)(struct clients *, const char *bytes, size_t len);
	void (*stdin_close)(struct clients *);
	void (*changed)(struct clients *); /* a client went or cleaned up */
};

struct clients {
	struct loop *loop;
	const struct clients_calls *calls;
	int spill_dir;	       /* where spill files are made; borrowed */
	bool tty;	       /* one stream, and the end of a client is not the end of stdin */
	bool duty;	       /* the client from the start is told to clean up */
	bool cleaned;	       /* it did */
	bool exited;
	int code;
	struct client *all;    /* a list */
	char *packet;	       /* of the message at hand, mapped while there are any */
	unsigned n;
};

/* Takes a connection. `first`: the client that was there from the start, which already said ATTACH with `flags`. */
int clients_add(struct clients *clients, int sock, bool first, int32_t flags, struct err *e);

void clients_output(struct clients *clients, int stream, const char *bytes, size_t len);

/* The container has ended and all output was handed in. */
void clients_exit(struct clients *clients, int code);

/* Gives memory back. */
void clients_idle(struct clients *clients);

void clients_stdin_ready(struct clients *clients);

/* Does any client still wait for output, or owe us its clean-up? */
bool clients_busy(const struct clients *clients);

void clients_close(struct clients *clients);
