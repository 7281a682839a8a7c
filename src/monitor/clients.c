/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A client's file of unsent output is a plain sequence of frames { stream, length, bytes }, read back in order as the
 * socket takes them and emptied when it has caught up. It lies beside the log, so the memory of the machine is not what a
 * stopped terminal fills.
 */

#include "monitor/clients.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"

#define CLIENT_SPILL_MAX (INT64_C(1) << 30)

enum { CLIENT_PACKET = sizeof(struct monitor_msg) + MONITOR_MSG_BODY };

enum client_kind { CLIENT_NEW, CLIENT_ATTACHED, CLIENT_WAITING, CLIENT_DONE };

struct client {
	struct loop_source source;
	struct clients *clients;
	struct client *next;
	enum client_kind kind;
	int32_t flags;
	bool first, exit_sent;
	int spill;
	int64_t spill_read, spill_end;
	char *pending; /* stdin that the container has not taken, owned */
	size_t pending_at, pending_len;
};

struct client_frame {
	int32_t stream;
	uint32_t len;
};

/* On the heap or the stack its pages would stay for good. */
static char *clients_packet(struct clients *clients)
{
	void *packet;

	if (clients->packet)
		return clients->packet;
	packet = mmap(NULL, CLIENT_PACKET, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (packet != MAP_FAILED)
		clients->packet = packet;
	return clients->packet;
}

void clients_idle(struct clients *clients)
{
	if (clients->packet)
		(void)munmap(clients->packet, CLIENT_PACKET);
	clients->packet = NULL;
}

static void client_drop(struct client *client)
{
	struct clients *all = client->clients;
	struct client **at = &all->all;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	all->n--;
	loop_remove(all->loop, &client->source);
	(void)close(client->source.fd);
	own_close(&client->spill);
	free(client->pending);
	if (client->first && (client->flags & MONITOR_ATTACH_STDIN) && !all->tty)
		all->calls->stdin_close(all);
	free(client);
	all->calls->changed(all);
}

static int client_watch(struct client *client)
{
	bool writes = client->spill_end > client->spill_read ||
		      (client->clients->exited && !client->exit_sent && client->kind != CLIENT_NEW);
	bool reads = !client->pending;

	return loop_watch(client->clients->loop, &client->source,
			  (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U), NULL);
}

/* ---- output ---- */

static int client_spill(struct client *client, int stream, const char *bytes, size_t len)
{
	struct client_frame frame = { .stream = stream, .len = (uint32_t)len };
	struct iovec iov[2] = {
		{ .iov_base = &frame, .iov_len = sizeof(frame) },
		{ .iov_base = (void *)(uintptr_t)bytes, .iov_len = len },
	};

	if (client->spill < 0)
		client->spill = path_open(client->clients->spill_dir, ".", PATH_OWN, O_TMPFILE | O_RDWR, 0600);
	if (client->spill < 0) /* a file system that cannot make unnamed files */
		client->spill = memfd_create("lighter-output", MFD_CLOEXEC);
	if (client->spill < 0)
		return -errno;
	if (client->spill_end - client->spill_read > CLIENT_SPILL_MAX)
		return -EFBIG;
	if (lseek(client->spill, client->spill_end, SEEK_SET) < 0)
		return -errno;
	client->spill_end += (int64_t)(sizeof(frame) + len);
	return io_writev_full(client->spill, iov, 2);
}

/* Sends what is in the file: 0 all, -EAGAIN later. */
static int client_unspill(struct client *client)
{
	char *bytes = clients_packet(client->clients);
	struct client_frame frame;
	int r;

	if (!bytes)
		return -ENOMEM;
	while (client->spill_read < client->spill_end) {
		if (pread(client->spill, &frame, sizeof(frame), client->spill_read) != sizeof(frame) ||
		    frame.len > MONITOR_MSG_BODY ||
		    pread(client->spill, bytes, frame.len, client->spill_read + (int64_t)sizeof(frame)) != frame.len)
			return -EIO;
		r = monitor_msg_send(client->source.fd, MONITOR_OUTPUT, frame.stream, 0, bytes, frame.len, NULL, 0,
				     MSG_DONTWAIT);
		if (r < 0)
			return r;
		client->spill_read += (int64_t)(sizeof(frame) + frame.len);
	}
	client->spill_read = client->spill_end = 0;
	return client->spill >= 0 && ftruncate(client->spill, 0) < 0 ? -errno : 0;
}

static int client_send_output(struct client *client, int stream, const char *bytes, size_t len)
{
	int r = -EAGAIN;

	if (client->spill_read == client->spill_end)
		r = monitor_msg_send(client->source.fd, MONITOR_OUTPUT, stream, 0, bytes, len, NULL, 0, MSG_DONTWAIT);
	if (r == -EAGAIN)
		r = client_spill(client, stream, bytes, len);
	return r < 0 ? r : client_watch(client);
}

void clients_output(struct clients *clients, int stream, const char *bytes, size_t len)
{
	int32_t wanted = stream == 1 ? MONITOR_ATTACH_STDOUT : MONITOR_ATTACH_STDERR;

	for (struct client *c = clients->all, *next; c; c = next) {
		int r = 0;

		next = c->next;
		if (c->kind != CLIENT_ATTACHED || !(c->flags & wanted))
			continue;
		for (size_t at = 0; r == 0 && at < len; at += MONITOR_MSG_BODY)
			r = client_send_output(c, stream, bytes + at,
					       len - at < MONITOR_MSG_BODY ? len - at : MONITOR_MSG_BODY);
		if (r < 0 && r != -EPIPE && r != -ECONNRESET)
			log_warn("an attached client is dropped: %s", strerror(-r));
		if (r < 0)
			client_drop(c);
	}
}

/* The last message. Whoever has no duty is done with it. */
static int client_send_exit(struct client *client)
{
	struct clients *all = client->clients;
	bool duty = client->first && all->duty;
	int r;

	if (client->exit_sent || client->kind == CLIENT_NEW)
		return 0;
	r = monitor_msg_send(client->source.fd, MONITOR_EXIT, all->code, duty, NULL, 0, NULL, 0, MSG_DONTWAIT);
	if (r < 0)
		return r;
	client->exit_sent = true;
	return duty ? 0 : -EPIPE;
}

static void client_flush(struct client *client)
{
	int r = client->spill_end > 0 ? client_unspill(client) : 0;

	if (r == 0 && client->clients->exited)
		r = client_send_exit(client);
	if (r == 0 || r == -EAGAIN)
		r = client_watch(client);
	if (r < 0)
		client_drop(client);
}

/* ---- stdin ---- */

/* Hands pending bytes on; whatever the container does not want any more is dropped. */
static void client_feed(struct client *client)
{
	struct clients *all = client->clients;

	while (client->pending_at < client->pending_len) {
		ssize_t n = all->calls->stdin_write(all, client->pending + client->pending_at,
						    client->pending_len - client->pending_at);

		if (n == -EAGAIN)
			return;
		client->pending_at = n < 0 ? client->pending_len : client->pending_at + (size_t)n;
	}
	free(take_ptr(client->pending));
	client->pending_at = client->pending_len = 0;
}

static int client_stdin(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	if (!(client->flags & MONITOR_ATTACH_STDIN) || msg->len == 0)
		return 0;
	client->pending = malloc(msg->len);
	if (!client->pending)
		return -ENOMEM;
	memcpy(client->pending, body, msg->len);
	client->pending_len = msg->len;
	client_feed(client);
	return 0;
}

static int client_stdin_close(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	if (client->flags & MONITOR_ATTACH_STDIN)
		client->clients->calls->stdin_close(client->clients);
	return 0;
}

void clients_stdin_ready(struct clients *clients)
{
	for (struct client *c = clients->all, *next; c; c = next) {
		next = c->next;
		if (!c->pending)
			continue;
		client_feed(c);
		(void)client_watch(c);
	}
}

/* ---- requests ---- */

static int client_attach(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	client->kind = CLIENT_ATTACHED;
	client->flags = msg->a;
	if (msg->b)
		client->clients->calls->resize(client->clients, (uint32_t)msg->b >> 16, (uint32_t)msg->b & 0xffff);
	return 0;
}

static int client_resize(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	client->clients->calls->resize(client->clients, (uint32_t)msg->b >> 16, (uint32_t)msg->b & 0xffff);
	return 0;
}

static int client_cleaned(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	if (client->first && client->exit_sent)
		client->clients->cleaned = true;
	client->clients->calls->changed(client->clients);
	return 0;
}

static int client_kill(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	int r = client->clients->exited ? -ESRCH : client->clients->calls->kill(client->clients, msg->a);
	struct err e = ERR_INIT;

	client->kind = CLIENT_DONE;
	if (r == 0)
		return monitor_msg_send(client->source.fd, MONITOR_OK, 0, 0, NULL, 0, NULL, 0, MSG_DONTWAIT);
	if (r == -ESRCH)
		(void)err_set(&e, ERR_CONFLICT, "container is not running");
	else
		(void)err_sys(&e, -r, "send signal %d", msg->a);
	return monitor_msg_send_error(client->source.fd, 0, &e, MSG_DONTWAIT);
}

static int client_wait(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	client->kind = CLIENT_WAITING;
	return 0;
}

static int client_exec(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds)
{
	for (size_t i = 0; i < MONITOR_MSG_FDS; i++)
		if (fds[i] < 0)
			return -EBADMSG;
	client->clients->calls->exec(client->clients, client->source.fd, fds);
	return -EPIPE; /* the helper has the connection now */
}

static const struct {
	unsigned kinds; /* bits of enum client_kind in which it is allowed */
	int (*handle)(struct client *client, const struct monitor_msg *msg, const char *body, const int *fds);
} requests[MONITOR_MSG_TYPES] = {
	[MONITOR_ATTACH] = { 1U << CLIENT_NEW, client_attach },
	[MONITOR_KILL] = { 1U << CLIENT_NEW, client_kill },
	[MONITOR_WAIT] = { 1U << CLIENT_NEW, client_wait },
	[MONITOR_EXEC] = { 1U << CLIENT_NEW, client_exec },
	[MONITOR_STDIN] = { 1U << CLIENT_ATTACHED, client_stdin },
	[MONITOR_STDIN_CLOSE] = { 1U << CLIENT_ATTACHED, client_stdin_close },
	[MONITOR_RESIZE] = { 1U << CLIENT_ATTACHED, client_resize },
	[MONITOR_CLEANED] = { 1U << CLIENT_ATTACHED, client_cleaned },
};

static int client_receive(struct client *client)
{
	char *packet = clients_packet(client->clients);
	int fds[MONITOR_MSG_FDS] = { -EBADF, -EBADF, -EBADF, -EBADF };
	size_t n_fds = MONITOR_MSG_FDS;
	struct monitor_msg msg;
	const char *body;
	ssize_t n;
	int r;

	if (!packet)
		return -ENOMEM;
	n = io_recv_fds(client->source.fd, packet, CLIENT_PACKET, fds, &n_fds);
	if (n == -EAGAIN)
		return 0;
	r = n <= 0 ? -EPIPE : monitor_msg_check(packet, (size_t)n, &msg, &body);
	if (r == 0 && (requests[msg.type].kinds & 1U << client->kind))
		r = requests[msg.type].handle(client, &msg, body, fds);
	else if (r == 0)
		r = -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		own_close(&fds[i]);
	return r;
}

void clients_exit(struct clients *clients, int code)
{
	clients->exited = true;
	clients->code = code;
	for (struct client *c = clients->all, *next; c; c = next) {
		next = c->next;
		if (c->kind == CLIENT_NEW && client_receive(c) < 0)
			client_drop(c);
		else
			client_flush(c);
	}
}

static int client_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct client *client = loop_owner(source, struct client, source);
	int r = 0;

	if (events & EPOLLIN)
		r = client_receive(client);
	else if (events & (EPOLLHUP | EPOLLERR))
		r = -EPIPE;
	if (r < 0)
		client_drop(client);
	else
		client_flush(client);
	return 0;
}

int clients_add(struct clients *clients, int sock, bool first, int32_t flags, struct err *e)
{
	struct client *client = clients->n < CLIENTS_MAX ? malloc(sizeof(*client)) : NULL;

	if (!client) {
		(void)close(sock);
		return err_set(e, ERR_EXHAUSTED, "too many clients");
	}
	*client = (struct client){
		.source = { .fd = sock, .ready = client_ready }, .clients = clients, .next = clients->all,
		.kind = first ? CLIENT_ATTACHED : CLIENT_NEW, .flags = flags, .first = first, .spill = -EBADF,
	};
	clients->all = client;
	clients->n++;
	if (fcntl(sock, F_SETFL, O_NONBLOCK) < 0 || client_watch(client) < 0) {
		client_drop(client);
		return err_set(e, ERR_EXHAUSTED, "a client cannot be watched");
	}
	return 0;
}

bool clients_busy(const struct clients *clients)
{
	for (const struct client *c = clients->all; c; c = c->next)
		if (c->kind != CLIENT_NEW && (!c->exit_sent || !clients->cleaned))
			return true;
	return false;
}

void clients_close(struct clients *clients)
{
	while (clients->all)
		client_drop(clients->all);
}
