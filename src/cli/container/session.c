/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One poll loop over three sources. Input is read only when the last piece has been taken by the monitor, and written
 * only when its socket has room: a container that does not read its input never keeps us from printing its output.
 *
 * The first process of a container ignores signals that it has no handler for, so ctrl-c may do nothing at all there:
 * the third in a row ends us instead, the container goes on.
 */

#include "cli/container/session.h"

#include <poll.h>
#include <sys/signalfd.h>

#include "cli/cli.h"
#include "cli/output/out.h"

enum { SESSION_GOES_ON = -2, IMPATIENCE = 3 };

int session_init(struct session *s, struct err *e)
{
	static const int taken[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH };
	sigset_t pipe;

	if (signals_open(&s->signals, taken, ARRAY_SIZE(taken), e) < 0)
		return -1;
	(void)sigemptyset(&pipe); /* writing says EPIPE instead */
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &pipe, NULL);
	return 0;
}

/* The signals stay blocked: one more of an impatient user must not take the place of our exit code. */
void session_done(struct session *s)
{
	terminal_restore(&s->terminal);
	if (s->attach)
		attach_free(take_ptr(s->attach));
	own_close(&s->signals.fd);
}

struct engine_start session_start(const struct session *s)
{
	struct engine_start how = {
		.attach_stdin = s->stdin_open, .attach_stdout = true, .attach_stderr = true,
	};

	if (s->tty)
		terminal_size(STDOUT_FILENO, &how.rows, &how.columns);
	return how;
}

/* ---- the container's side ---- */

static int on_exit_event(struct session *s, const struct attach_event *event)
{
	struct err e = ERR_INIT;

	if (!event->cleanup)
		return event->code;
	if (engine_cleanup(s->engine, s->id, &e) < 0)
		cli_report("%s", e.text);
	else
		(void)attach_cleaned(s->attach);
	return event->code;
}

static int on_lost(struct session *s, struct err *e)
{
	int code = 0;

	terminal_restore(&s->terminal);
	cli_report("the connection to the container's monitor was lost, waiting for its end; 'lighter logs' has its output");
	if (engine_wait(s->engine, s->id, &code, e) < 0)
		return -1;
	return code;
}

static int on_container(struct session *s, struct err *e)
{
	struct attach_event event;
	int r;

	if (attach_next(s->attach, &event, e) < 0)
		return -1;
	if (event.type == ATTACH_EXIT)
		return on_exit_event(s, &event);
	if (event.type == ATTACH_LOST)
		return on_lost(s, e);
	r = out_bytes(event.stream == 2 ? STDERR_FILENO : STDOUT_FILENO, event.bytes, event.len);
	if (r == -EPIPE)
		return 128 + SIGPIPE;
	return r < 0 ? err_sys(e, -r, "write the container's output") : SESSION_GOES_ON;
}

/* ---- the user's side ---- */

static int on_signal(struct session *s, struct err *e)
{
	struct signalfd_siginfo info;
	struct err why = ERR_INIT;
	uint32_t rows, columns;

	if (read(s->signals.fd, &info, sizeof(info)) != sizeof(info))
		return SESSION_GOES_ON;
	if (info.ssi_signo == SIGWINCH) {
		terminal_size(STDOUT_FILENO, &rows, &columns);
		if (s->tty && rows && columns)
			(void)attach_resize(s->attach, rows, columns);
		return SESSION_GOES_ON;
	}
	if ((info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM) && ++s->impatience == IMPATIENCE)
		return err_set(e, ERR_CANCELLED, "%d signals have not ended the container, leaving it running", IMPATIENCE);
	if (engine_kill(s->engine, s->id, (int)info.ssi_signo, &why) < 0 && why.code != ERR_CONFLICT)
		cli_report("%s", why.text);
	return SESSION_GOES_ON;
}

static int on_detach(struct session *s)
{
	terminal_restore(&s->terminal);
	(void)out_bytes(STDERR_FILENO, "read escape sequence\n", 21);
	return 0;
}

static int on_input(struct session *s)
{
	char typed[sizeof(s->pending) - 1];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));
	bool detach = false;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return SESSION_GOES_ON;
	if (n <= 0) {
		s->stdin_open = false;
		(void)attach_close_stdin(s->attach);
		return SESSION_GOES_ON;
	}
	if (s->tty) {
		s->pending_len = detach_keys_filter(&s->keys, typed, (size_t)n, s->pending, &detach);
	} else {
		__builtin_memcpy(s->pending, typed, (size_t)n);
		s->pending_len = (size_t)n;
	}
	return detach ? on_detach(s) : SESSION_GOES_ON;
}

static int on_room(struct session *s)
{
	size_t len = s->pending_len;

	s->pending_len = 0;
	if (attach_write(s->attach, s->pending, len) < 0)
		s->stdin_open = false; /* nobody reads it any more; the end is told by the other direction */
	return SESSION_GOES_ON;
}

static int session_step(struct session *s, struct err *e)
{
	struct pollfd fds[3] = {
		{ .fd = attach_fd(s->attach), .events = (short)(POLLIN | (s->pending_len ? POLLOUT : 0)) },
		{ .fd = s->signals.fd, .events = POLLIN },
		{ .fd = s->stdin_open && !s->pending_len ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int r = SESSION_GOES_ON;

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR ? SESSION_GOES_ON : err_sys(e, errno, "poll");
	if (fds[1].revents)
		r = on_signal(s, e);
	if (r == SESSION_GOES_ON && fds[0].revents & POLLOUT)
		r = on_room(s);
	if (r == SESSION_GOES_ON && fds[2].revents)
		r = on_input(s);
	if (r == SESSION_GOES_ON && fds[0].revents & ~POLLOUT)
		r = on_container(s, e);
	return r;
}

int session_run(struct session *s, struct err *e)
{
	int r;

	if (s->tty && s->stdin_open)
		terminal_raw(&s->terminal, STDIN_FILENO);
	do
		r = session_step(s, e);
	while (r == SESSION_GOES_ON);
	terminal_restore(&s->terminal);
	return r;
}
