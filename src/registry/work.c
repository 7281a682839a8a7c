/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/work.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "registry/server.h"

static void finish(struct exchange *x)
{
	x->route->finish(x);
	if (!x->answer.status)
		answer_refuse(x, UNKNOWN, "internal error");
}

static int work_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct work *w = loop_owner(source, struct work, source);
	struct exchange *x = w->exchange;

	/* One write of less than PIPE_BUF bytes: all of it or nothing. */
	if (io_read_full(source->fd, &x->outcome, sizeof(x->outcome)) < 0) {
		log_error("the process that worked on '%s' has died", x->repository);
		memset(&x->outcome, 0, sizeof(x->outcome));
		outcome_refuse(x, UNKNOWN, "internal error");
	}
	work_abandon(w, w->server);
	finish(x);
	w->ended(w);
	return 0;
}

static void work_child(int to, struct exchange *x)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	x->route->work(x);
	(void)io_write_full(to, &x->outcome, sizeof(x->outcome));
	_exit(0);
}

int work_start(struct work *w, struct exchange *x, struct server *s)
{
	autoproc struct proc proc = PROC_INIT;
	int ends[2] = { -EBADF, -EBADF };
	pid_t pid = -1;

	w->exchange = x;
	w->server = s;
	if (s->works < SERVER_WORKS && pipe2(ends, O_CLOEXEC) == 0)
		pid = proc_fork(&proc);
	if (pid == 0)
		work_child(ends[1], x);
	own_close(&ends[1]);
	if (pid < 0) {
		own_close(&ends[0]);
		x->route->work(x);
		finish(x);
		return 0;
	}
	w->source = (struct loop_source){ .fd = ends[0], .ready = work_ready };
	s->works++;
	return loop_watch(&s->loop, &w->source, EPOLLIN, NULL);
}

void work_abandon(struct work *w, struct server *s)
{
	if (w->source.fd < 0)
		return;
	loop_remove(&s->loop, &w->source);
	own_close(&w->source.fd);
	w->source.fd = -EBADF;
	s->works--;
}
