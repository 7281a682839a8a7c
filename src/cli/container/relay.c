/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Each relay holds one piece: it reads when it holds nothing and writes when the other side has room, so no direction
 * waits for another. When the process has ended, what it wrote is carried on until there is nothing more to read; a
 * child that it left behind with the same output does not keep us.
 */

#include "cli/container/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

struct relay *relays_add(struct relays *relays, int from, int to)
{
	struct relay *r = &relays->items[relays->n++];

	r->from = from;
	r->to = to;
	return r;
}

static void relay_end(struct relay *r)
{
	if (r->owns_from && r->from >= 0)
		(void)close(r->from);
	if (r->owns_to && r->to >= 0)
		(void)close(r->to);
	r->from = r->to = -EBADF;
	r->len = 0;
}

void relays_done(struct relays *relays)
{
	for (size_t i = 0; i < relays->n; i++)
		relay_end(&relays->items[i]);
	signals_done(&relays->window);
}

static bool is_passing(int error)
{
	return error == EINTR || error == EAGAIN;
}

/* True: the user has left. */
static bool relay_read(struct relay *r)
{
	char typed[RELAY_PIECE];
	char *to = r->keys ? typed : r->held;
	bool detach = false;
	ssize_t n = read(r->from, to, RELAY_PIECE);

	if (n < 0 && is_passing(errno))
		return false;
	if (n <= 0) { /* EIO is how a pseudo-terminal says that its other side is closed */
		relay_end(r);
		return false;
	}
	r->off = 0;
	r->len = r->keys ? detach_keys_filter(r->keys, typed, (size_t)n, r->held, &detach) : (size_t)n;
	return detach;
}

static void relay_write(struct relay *r)
{
	ssize_t n = write(r->to, r->held + r->off, r->len);

	if (n < 0 && is_passing(errno))
		return;
	if (n < 0) {
		relay_end(r);
		return;
	}
	r->off += (size_t)n;
	r->len -= (size_t)n;
}

static void follow_window(struct relays *relays)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(relays->window.fd, &info, sizeof(info)) == sizeof(info) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(relays->master, TIOCSWINSZ, &size);
}

enum { AT_ENDED = RELAYS, AT_WINDOW, POLLED };

/* Fills the poll set; true if some output is still held. */
static bool fill(const struct relays *relays, bool ended, struct pollfd fds[static POLLED])
{
	bool holds = false;

	for (size_t i = 0; i < RELAYS; i++) {
		const struct relay *r = &relays->items[i];
		bool writes = r->len > 0;

		fds[i] = (struct pollfd){ .fd = -1 };
		if (i >= relays->n || (ended && !r->output))
			continue;
		fds[i].fd = writes ? r->to : r->from;
		fds[i].events = writes ? POLLOUT : POLLIN;
		holds |= writes;
	}
	fds[AT_ENDED] = (struct pollfd){ .fd = ended ? -1 : relays->ended_fd, .events = POLLIN };
	fds[AT_WINDOW] = (struct pollfd){ .fd = relays->window.fd, .events = POLLIN };
	return holds;
}

/* 1: go on, 0: all is carried, -1: *e. */
static int relays_step(struct relays *relays, bool *ended, struct err *e)
{
	struct pollfd fds[POLLED];
	bool holds = fill(relays, *ended, fds);
	int n = poll(fds, ARRAY_SIZE(fds), *ended && !holds ? 0 : -1);

	if (n < 0)
		return errno == EINTR ? 1 : err_sys(e, errno, "poll");
	if (n == 0)
		return 0;
	for (size_t i = 0; i < relays->n; i++) {
		if (!fds[i].revents)
			continue;
		if (relays->items[i].len > 0)
			relay_write(&relays->items[i]);
		else
			relays->detached |= relay_read(&relays->items[i]);
	}
	*ended |= fds[AT_ENDED].revents != 0;
	if (fds[AT_WINDOW].revents)
		follow_window(relays);
	return !relays->detached;
}

int relays_run(struct relays *relays, struct err *e)
{
	bool ended = false;
	int r;

	(void)signal(SIGPIPE, SIG_IGN); /* a process that does not read its input is no reason to die */
	do
		r = relays_step(relays, &ended, e);
	while (r > 0);
	return r;
}
