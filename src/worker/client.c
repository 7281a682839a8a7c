/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One worker, one socket. The worker may be anything once it has read foreign bytes: its frames are parsed by the pure
 * parser of formats/worker_msg, its silence is waited for together with the caller's cancel descriptor, and whatever
 * happens it is killed and reaped before the call returns. stdin and stdout of the worker are /dev/null, stderr is ours:
 * that is where a crash of it would be seen.
 */

#include "worker/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"
#include "worker/job.h"

enum { WORKER_CHUNK = 65536 };

struct worker {
	struct proc proc;
	int sock;
	struct str inbox;
	bool finished; /* the last message came */
};

static void worker_done(struct worker *w)
{
	if (w->proc.pidfd >= 0)
		(void)proc_kill_wait(&w->proc);
	proc_done(&w->proc);
	own_close(&w->sock);
	str_done(&w->inbox);
}

static int worker_start(struct worker *w, const struct worker_job *job, struct err *e)
{
	autofree char *path = str_format("%s/lighter-worker", job->libexec);
	autofd int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0), theirs = -EBADF;
	char *argv[] = { path, (char *)(uintptr_t)job->name, NULL };
	int keep[2 * (WORKER_FD_FIRST + WORKER_FDS)], pair[2];
	struct proc_spawn how = { .path = path, .argv = argv, .keep = keep, .new_session = true };

	if (!path)
		return err_nomem(e);
	if (null < 0)
		return err_sys(e, -null, "open '/dev/null'");
	if (job->n_fds > WORKER_FDS)
		return err_set(e, ERR_INTERNAL, "start '%s': too many descriptors", path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "start '%s'", path);
	w->sock = pair[0];
	theirs = pair[1];
	for (int to = 0; to < WORKER_FD_FIRST + (int)job->n_fds; to++) {
		keep[2 * to] = to >= WORKER_FD_FIRST ? job->fds[to - WORKER_FD_FIRST] : null;
		keep[2 * to + 1] = to;
	}
	keep[2 * STDERR_FILENO] = STDERR_FILENO;
	keep[2 * WORKER_FD_SOCKET] = theirs;
	how.n_keep = WORKER_FD_FIRST + job->n_fds;
	return proc_spawn(&how, &w->proc, e);
}

/* The worker's own account of what went wrong. */
static int worker_failed(const struct worker_msg *msg, struct err *e)
{
	struct worker_error error;
	int code;

	if (decode_text(&worker_error_table, msg->json, msg->len, &error, e) < 0)
		return err_prefix(e, "lighter-worker");
	code = error.code > ERR_NONE && error.code < ERR_CODES ? error.code : ERR_INTERNAL;
	(void)err_set(e, (enum err_code)code, "%s", error.text);
	if (e)
		e->number = error.number;
	decode_done(&worker_error_table, &error);
	return -1;
}

/* Handles every whole frame of the inbox. */
static int worker_drain(struct worker *w, int (*event)(const struct worker_msg *, void *, struct err *), void *arg,
			struct err *e)
{
	size_t at = 0, used;
	struct worker_msg msg;
	int r = 0;

	while (!w->finished && r == 0) {
		r = worker_msg_parse(w->inbox.data + at, w->inbox.len - at, &msg, &used, e);
		if (r <= 0)
			break;
		at += used;
		w->finished = msg.type == WORKER_RESULT || msg.type == WORKER_ERROR;
		if (msg.type == WORKER_ERROR)
			r = worker_failed(&msg, e);
		else
			r = msg.type == WORKER_RESULT ? 0 : event(&msg, arg, e);
	}
	memmove(w->inbox.data, w->inbox.data + at, w->inbox.len - at);
	w->inbox.len -= at;
	return r < 0 ? -1 : 0;
}

/* The stream ended without a last message: the exit status is all there is to tell. */
static int worker_vanished(struct worker *w, struct err *e)
{
	int status = proc_wait(&w->proc, 0);

	proc_done(&w->proc);
	if (status > 128)
		return err_set(e, ERR_INTERNAL, "lighter-worker was ended by signal %d", status - 128);
	return err_set(e, ERR_INTERNAL, "lighter-worker ended with status %d and no result", status);
}

static int worker_receive(struct worker *w, struct err *e)
{
	char *at = str_reserve(&w->inbox, WORKER_CHUNK);
	ssize_t n;

	if (!at)
		return err_nomem(e);
	n = read(w->sock, at, WORKER_CHUNK);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return err_sys(e, errno, "read from lighter-worker");
	if (n <= 0)
		return worker_vanished(w, e);
	w->inbox.len += (size_t)n;
	return 0;
}

int worker_run(const struct worker_job *job, int (*event)(const struct worker_msg *msg, void *arg, struct err *e),
	       void *arg, struct err *e)
{
	cleanup(worker_done) struct worker w = { .proc = PROC_INIT, .sock = -EBADF };
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int r;

	if (worker_start(&w, job, e) < 0)
		return -1;
	r = worker_msg_send(w.sock, WORKER_REQUEST, &worker_request_table, job->request);
	if (r < 0 && r != -EPIPE)
		return err_sys(e, -r, "send the request to lighter-worker");
	fds[0].fd = w.sock;
	fds[1].fd = job->cancel_fd > 0 ? job->cancel_fd : -1;
	while (!w.finished) {
		r = poll(fds, ARRAY_SIZE(fds), -1);
		if (r < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for lighter-worker");
		if (r <= 0)
			continue;
		if (fds[1].revents)
			return err_set(e, ERR_CANCELLED, "cancelled");
		if (worker_receive(&w, e) < 0 || worker_drain(&w, event, arg, e) < 0)
			return -1;
	}
	return 0;
}
