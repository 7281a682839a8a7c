/* SPDX-License-Identifier: Apache-2.0 */

/* One serving process: accepts, watches the deadlines, ends when it is told to. */

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "registry/connection.h"

static int watch_listeners(struct server *s, bool accepting, struct err *e)
{
	s->accepting = accepting;
	for (size_t i = 0; i < s->n_listeners; i++) {
		if (!accepting)
			loop_remove(&s->loop, &s->listeners[i].source);
		/* A new connection wakes one of the processes. */
		else if (loop_watch(&s->loop, &s->listeners[i].source, EPOLLIN | EPOLLEXCLUSIVE, e) < 0)
			return -1;
	}
	return 0;
}

void server_release(struct server *s)
{
	struct err e = ERR_INIT;

	if (s->stopping && !s->connections)
		loop_stop(&s->loop);
	else if (!s->stopping && !s->accepting && s->connections < s->config->connections && watch_listeners(s, true, &e) < 0)
		log_error("%s", e.text);
}

static int listener_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct server *s = loop_owner(source, struct listener, source)->server;
	int fd;

	/* Full: the one that only waits makes room; without one, new clients wait in the kernel's queue. */
	if (s->connections >= s->config->connections && !connection_evict(s))
		return watch_listeners(s, false, e);
	fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		connection_open(s, fd);
		return 0;
	}
	/* No descriptor is left: the next close brings us back. */
	if ((errno == EMFILE || errno == ENFILE || errno == ENOMEM) && s->connections && !connection_evict(s))
		return watch_listeners(s, false, e);
	return 0;
}

static int timer_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct server *s = loop_owner(source, struct server, timer);
	int64_t now = clock_boot(), next;
	uint64_t times;

	if (read(source->fd, &times, sizeof(times)) < 0)
		return 0;
	next = connection_expire(s, now);
	if (next)
		(void)loop_timer_set(source->fd, next > now ? next - now : 1);
	return 0;
}

static int signal_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct server *s = loop_owner(source, struct server, signals);
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) < 0)
		return 0;
	if (watch_listeners(s, false, e) < 0)
		return -1;
	s->stopping = true;
	connection_close_idle(s);
	server_release(s);
	return 0;
}

static int auth_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	return auth_receive(loop_owner(source, struct auth, source), e);
}

static void auth_answered(void *arg, uint32_t number, bool right)
{
	connection_authorized(arg, number, right);
}

static int open_sources(struct server *s, struct err *e)
{
	sigset_t end;

	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	s->signals = (struct loop_source){ .fd = signalfd(-1, &end, SFD_CLOEXEC | SFD_NONBLOCK), .ready = signal_ready };
	s->timer = (struct loop_source){ .fd = loop_timer(), .ready = timer_ready };
	s->scratch = malloc(SERVER_SCRATCH);
	if (!s->scratch)
		return err_nomem(e);
	if (s->signals.fd < 0 || s->timer.fd < 0)
		return err_sys(e, errno, "prepare to serve");
	if (loop_open(&s->loop, e) < 0 || loop_watch(&s->loop, &s->signals, EPOLLIN, e) < 0 ||
	    loop_watch(&s->loop, &s->timer, EPOLLIN, e) < 0)
		return -1;
	if (s->auth) {
		s->auth->source.ready = auth_ready;
		s->auth->answered = auth_answered;
		s->auth->arg = s;
		if (loop_watch(&s->loop, &s->auth->source, EPOLLIN, e) < 0)
			return -1;
	}
	return watch_listeners(s, true, e);
}

int server_serve(struct server *s, struct err *e)
{
	for (size_t i = 0; i < s->n_listeners; i++) {
		s->listeners[i].server = s;
		s->listeners[i].source.ready = listener_ready;
	}
	return open_sources(s, e) < 0 ? -1 : loop_run(&s->loop, e);
}
