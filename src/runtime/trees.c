/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The parent's descriptors for the first process travel in as many messages as they need, each with a list that says
 * what its descriptors are. Which mounts have one is the parent's knowledge; the arrays are by the spec's own indices.
 */

#include <stdlib.h>

#include "base/io.h"
#include "base/own.h"
#include "runtime/devices.h"

enum { TREES_A_MESSAGE = 60 };

enum tree { TREE_ROOT, TREE_PLACE, TREE_DEV, TREE_NODES, TREE_OFFSETS, TREE_SINGLE, TREE_MOUNT = TREE_SINGLE, TREE_FILE,
	    TREE_DEVICE, TREE_KINDS };

struct trees_message {
	uint32_t n;
	bool last;
	struct { uint32_t kind, index; } items[TREES_A_MESSAGE];
};

static size_t count(const struct container *c, unsigned kind)
{
	switch (kind) {
	case TREE_MOUNT:
		return c->spec->mounts.n;
	case TREE_FILE:
		return c->how->launch ? c->how->launch->files.n : 0;
	case TREE_DEVICE:
		return devices_count(c);
	default:
		return 1;
	}
}

static int *slots(struct container *c, unsigned kind)
{
	int *const all[TREE_KINDS] = {
		[TREE_ROOT] = &c->root_fd,	 [TREE_PLACE] = &c->place_fd, [TREE_DEV] = &c->dev_fd,
		[TREE_NODES] = &c->nodes_fd,	 [TREE_OFFSETS] = &c->offsets_fd, [TREE_MOUNT] = c->mount_fds,
		[TREE_FILE] = c->file_fds,	 [TREE_DEVICE] = c->device_fds,
	};

	return all[kind];
}

static int *empty(size_t n)
{
	int *fds = calloc(n + 1, sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -EBADF;
	return fds;
}

int trees_init(struct container *c, struct err *e)
{
	c->mount_fds = empty(count(c, TREE_MOUNT));
	c->file_fds = empty(count(c, TREE_FILE));
	c->device_fds = empty(count(c, TREE_DEVICE));
	return c->mount_fds && c->file_fds && c->device_fds ? 0 : err_nomem(e);
}

static int send_some(int sock, struct trees_message *message, const int *fds, bool last)
{
	int r;

	message->last = last;
	r = io_send_fds(sock, message, sizeof(*message), fds, message->n);
	message->n = 0;
	return r;
}

int trees_send(struct container *c, int sock, struct err *e)
{
	struct trees_message message = { .n = 0 };
	int fds[TREES_A_MESSAGE], r = 0;

	for (uint32_t kind = 0; kind < TREE_KINDS; kind++)
		for (uint32_t i = 0; i < count(c, kind) && r == 0; i++) {
			if (slots(c, kind)[i] < 0)
				continue;
			message.items[message.n].kind = kind;
			message.items[message.n].index = i;
			fds[message.n++] = slots(c, kind)[i];
			if (message.n == TREES_A_MESSAGE)
				r = send_some(sock, &message, fds, false);
		}
	if (r == 0)
		r = send_some(sock, &message, fds, true);
	return container_sent(r, "hand the mounts to the first process", e);
}

/* The end of the stream means that the parent is gone. */
static int receive_some(struct container *c, int sock, bool *ret_last, struct err *e)
{
	struct trees_message message;
	int fds[TREES_A_MESSAGE];
	size_t n = TREES_A_MESSAGE;
	ssize_t got = io_recv_fds(sock, &message, sizeof(message), fds, &n);

	if (got < 0)
		return err_sys(e, (int)-got, "receive the mounts");
	if (got != (ssize_t)sizeof(message) || n != message.n)
		return err_set(e, ERR_CANCELLED, "the runtime went away");
	for (size_t i = 0; i < n; i++)
		slots(c, message.items[i].kind)[message.items[i].index] = fds[i];
	*ret_last = message.last;
	return 0;
}

int trees_receive(struct container *c, int sock, struct err *e)
{
	bool last = false;

	if (trees_init(c, e) < 0)
		return -1;
	while (!last)
		if (receive_some(c, sock, &last, e) < 0)
			return -1;
	return 0;
}

void trees_drop(struct container *c)
{
	for (unsigned kind = 0; kind < TREE_KINDS; kind++)
		for (size_t i = 0; slots(c, kind) && i < count(c, kind); i++)
			own_close(&slots(c, kind)[i]);
	free(take_ptr(c->mount_fds));
	free(take_ptr(c->file_fds));
	free(take_ptr(c->device_fds));
}
