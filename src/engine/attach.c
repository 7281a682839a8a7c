/* SPDX-License-Identifier: Apache-2.0 */

/* A thin reader and writer of packets: the monitor keeps order and completeness, this end keeps one packet at a time. */

#include "engine/attach.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "formats/monitor_msg.h"

enum { CLEANED_WAIT_MS = 2000 };

struct attach {
	int sock;
	char packet[sizeof(struct monitor_msg) + MONITOR_MSG_BODY];
};

struct attach *attach_new(int sock)
{
	struct attach *a = malloc(sizeof(*a));

	if (a)
		a->sock = sock;
	else
		(void)close(sock);
	return a;
}

void attach_free(struct attach *a)
{
	if (!a)
		return;
	(void)close(a->sock);
	free(a);
}

int attach_fd(const struct attach *a)
{
	return a->sock;
}

static int attach_event(const struct monitor_msg *msg, const char *body, struct attach_event *ret, struct err *e)
{
	switch (msg->type) {
	case MONITOR_OUTPUT:
		*ret = (struct attach_event){ ATTACH_OUTPUT, .stream = msg->a, .bytes = body, .len = msg->len };
		return 0;
	case MONITOR_EXIT:
		*ret = (struct attach_event){ ATTACH_EXIT, .code = msg->a, .cleanup = msg->b != 0 };
		return 0;
	case MONITOR_ERROR:
		monitor_msg_error(msg, body, e);
		return -1;
	}
	return err_set(e, ERR_INTERNAL, "the monitor sent an unexpected message of type %u", msg->type);
}

int attach_next(struct attach *a, struct attach_event *ret, struct err *e)
{
	struct monitor_msg msg;
	size_t no_fds = 0;
	const char *body;
	ssize_t n;

	n = io_recv_fds(a->sock, a->packet, sizeof(a->packet), NULL, &no_fds);
	if (n == 0 || n == -ECONNRESET) {
		*ret = (struct attach_event){ ATTACH_LOST };
		return 0;
	}
	if (n < 0)
		return err_sys(e, (int)-n, "read from the monitor");
	if (monitor_msg_check(a->packet, (size_t)n, &msg, &body) < 0)
		return err_set(e, ERR_INTERNAL, "the monitor sent a message of another version");
	return attach_event(&msg, body, ret, e);
}

int attach_write(struct attach *a, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		size_t n = len < MONITOR_MSG_BODY ? len : MONITOR_MSG_BODY;
		int r = monitor_msg_send(a->sock, MONITOR_STDIN, 0, 0, at, n, NULL, 0, 0);

		if (r < 0)
			return r;
		at += n;
		len -= n;
	}
	return 0;
}

int attach_close_stdin(struct attach *a)
{
	return monitor_msg_send(a->sock, MONITOR_STDIN_CLOSE, 0, 0, NULL, 0, NULL, 0, 0);
}

int attach_resize(struct attach *a, uint32_t rows, uint32_t columns)
{
	return monitor_msg_send(a->sock, MONITOR_RESIZE, 0, (int32_t)((rows & 0xffff) << 16 | (columns & 0xffff)), NULL,
				0, NULL, 0, 0);
}

int attach_cleaned(struct attach *a)
{
	struct pollfd fd = { .fd = a->sock, .events = POLLIN };
	int r = monitor_msg_send(a->sock, MONITOR_CLEANED, 0, 0, NULL, 0, NULL, 0, 0);

	if (r < 0)
		return r;
	/* The last process that holds the other end is the one that releases. */
	r = poll(&fd, 1, CLEANED_WAIT_MS);
	return r > 0 ? 0 : r < 0 ? -errno : -ETIMEDOUT;
}
