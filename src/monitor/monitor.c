/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One loop over: the two output streams, the container's stdin while a client has more for it, the listening socket, its
 * connections, and the keeper. A batch goes to the clients first and then to the log; neither waits for the other. Memory
 * is taken when output comes and given back when none came for a while.
 *
 * The end: the keeper says EXIT; what the streams still hold is taken (everything that was written before the end is in
 * them), clients get EXIT behind the last byte, and when all have it and the keeper has RELEASED, the monitor goes.
 */

#include "monitor/monitor.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/loop.h"
#include "formats/exit.h"
#include "monitor/channel.h"
#include "monitor/clients.h"
#include "monitor/exec.h"
#include "monitor/exit.h"
#include "monitor/idle.h"
#include "monitor/relay.h"

enum { MONITOR_IDLE_MS = 200 };
#define REAP_WAIT (10 * INT64_C(1000000000)) /* for whoever inherits a container whose keeper was lost */

struct stream {
	struct loop_source source;
	struct monitor *monitor;
	struct relay relay;
};

struct monitor {
	struct loop loop;
	struct container *container;
	struct clients clients;
	struct logs logs;
	struct stream streams[2];
	struct loop_source listener, channel, input, init, reap_timer;
	struct proc releaser; /* only when the keeper was lost */
	bool ended, released, keeper_lost;
};

static struct monitor *monitor_of_clients(struct clients *clients)
{
	return loop_owner(clients, struct monitor, clients);
}

static void monitor_maybe_leave(struct monitor *m)
{
	if (m->ended && m->released && !clients_busy(&m->clients))
		loop_stop(&m->loop);
}

static void monitor_idle(struct loop *loop)
{
	struct monitor *m = loop_owner(loop, struct monitor, loop);
	struct pollfd fd = { .fd = loop->epoll, .events = POLLIN };

	for (size_t i = 0; i < ARRAY_SIZE(m->streams); i++)
		relay_idle(&m->streams[i].relay);
	clients_idle(&m->clients);
	m->loop.idle_ms = -1;
	(void)idle_poll(&fd, 1);
}

/* ---- output ---- */

/* One batch to the clients and the log. 1: there was one, 0: nothing now or at the end. */
static int stream_pump(struct stream *s, bool *ret_more, struct err *e)
{
	const char *bytes;
	int n = relay_read(&s->relay, &bytes, ret_more, e);

	if (n <= 0)
		return n;
	s->monitor->loop.idle_ms = MONITOR_IDLE_MS;
	clients_output(&s->monitor->clients, s->relay.index + 1, bytes, (size_t)n);
	return relay_log(&s->relay, false, e) < 0 ? -1 : 1;
}

static int stream_end(struct stream *s, struct err *e)
{
	if (s->relay.tty) /* level-triggered it would be reported for ever; a process may open the terminal again */
		return loop_watch(&s->monitor->loop, &s->source, EPOLLIN | EPOLLET, e);
	loop_remove(&s->monitor->loop, &s->source);
	s->relay.memory->streams[s->relay.index].eof = true;
	return relay_log(&s->relay, true, e);
}

static int stream_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct stream *s = loop_owner(source, struct stream, source);
	bool more = false;
	int n = stream_pump(s, &more, e);

	if (n < 0)
		return -1;
	return n == 0 && !more ? stream_end(s, e) : 0;
}

/* What was written before the container's end is all in the pipes. */
static int stream_drain(struct stream *s, struct err *e)
{
	bool more = false;
	int n = 1;

	if (s->relay.from < 0)
		return 0;
	while (n > 0)
		n = stream_pump(s, &more, e);
	loop_remove(&s->monitor->loop, &s->source);
	return n < 0 ? -1 : relay_log(&s->relay, true, e);
}

static int stream_open(struct monitor *m, int index, struct err *e)
{
	struct container *c = m->container;
	struct stream *s = &m->streams[index];
	bool absent = index == 1 && c->facts.tty;

	s->monitor = m;
	s->relay = (struct relay){
		.memory = c->relay, .index = index, .from = absent ? -EBADF : c->fds[CONTAINER_STDOUT + index],
		.staging = { c->staging[index][0], c->staging[index][1] }, .tty = c->facts.tty,
		.logs = c->facts.has_log ? &m->logs : NULL,
	};
	s->source = (struct loop_source){ .fd = s->relay.from, .ready = stream_ready };
	if (absent)
		return 0;
	if (relay_recover(&s->relay, e) < 0 || relay_log(&s->relay, false, e) < 0)
		return -1;
	return c->relay->streams[index].eof ? relay_log(&s->relay, true, e) :
					      loop_watch(&m->loop, &s->source, EPOLLIN, e);
}

/* ---- stdin ---- */

static ssize_t monitor_stdin_write(struct clients *clients, const char *bytes, size_t len)
{
	struct monitor *m = monitor_of_clients(clients);
	ssize_t n;

	if (m->input.fd < 0 || m->ended)
		return -EPIPE;
	n = write(m->input.fd, bytes, len);
	if (n >= 0)
		return n;
	if (errno == EINTR)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	return loop_watch(&m->loop, &m->input, EPOLLOUT, NULL) < 0 ? -EIO : -EAGAIN;
}

static int monitor_stdin_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct monitor *m = loop_owner(source, struct monitor, input);

	loop_remove(&m->loop, source);
	clients_stdin_ready(&m->clients);
	return 0;
}

/* The keeper's copy must go too, else the container never sees the end. */
static void monitor_stdin_close(struct clients *clients)
{
	struct monitor *m = monitor_of_clients(clients);

	if (m->input.fd < 0 || m->container->facts.tty)
		return;
	loop_remove(&m->loop, &m->input);
	(void)close(m->input.fd);
	own_close(&m->container->fds[CONTAINER_STDIN]);
	m->input.fd = m->container->fds[CONTAINER_STDIN] = -EBADF;
	(void)channel_send(m->channel.fd, CHANNEL_STDIN_CLOSED, 0);
}

/* A descriptor of its own: the loop knows a terminal's master as an output stream already. */
static int monitor_stdin_open(struct monitor *m, const struct monitor_run *how, struct err *e)
{
	struct container *c = m->container;

	m->input = (struct loop_source){ .fd = -EBADF, .ready = monitor_stdin_ready };
	if ((!c->facts.open_stdin && !c->facts.tty) || c->fds[CONTAINER_STDIN] < 0)
		return 0;
	m->input.fd = fcntl(c->fds[CONTAINER_STDIN], F_DUPFD_CLOEXEC, 3);
	if (m->input.fd < 0 || fcntl(m->input.fd, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, errno, "open stdin");
	if (how->client >= 0 && (how->flags & MONITOR_ATTACH_STDIN))
		c->relay->stdin_owned = true;
	else if (c->relay->stdin_owned) /* its owner was connected to the monitor that died */
		monitor_stdin_close(&m->clients);
	return 0;
}

/* ---- what clients ask for ---- */

static int monitor_signal(struct clients *clients, int signal)
{
	return proc_signal(&monitor_of_clients(clients)->container->init, signal);
}

static void monitor_exec_for(struct clients *clients, int sock, const int *fds)
{
	exec_start(monitor_of_clients(clients)->container, sock, fds);
}

static void monitor_resize(struct clients *clients, uint32_t rows, uint32_t columns)
{
	struct monitor *m = monitor_of_clients(clients);
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	if (m->container->facts.tty)
		(void)ioctl(m->container->fds[CONTAINER_STDOUT], TIOCSWINSZ, &size);
}

static void monitor_changed(struct clients *clients)
{
	monitor_maybe_leave(monitor_of_clients(clients));
}

static const struct clients_calls calls = {
	.kill = monitor_signal,
	.exec = monitor_exec_for,
	.resize = monitor_resize,
	.stdin_write = monitor_stdin_write,
	.stdin_close = monitor_stdin_close,
	.changed = monitor_changed,
};

static int monitor_accept(struct loop_source *source, uint32_t events, struct err *e)
{
	struct monitor *m = loop_owner(source, struct monitor, listener);
	int sock;

	while ((sock = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct err why = ERR_INIT;

		if (clients_add(&m->clients, sock, false, 0, &why) < 0)
			log_warn("%s", why.text);
	}
	return 0;
}

/* ---- the end ---- */

static int monitor_end(struct monitor *m, int code, struct err *e)
{
	if (m->ended)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(m->streams); i++)
		if (stream_drain(&m->streams[i], e) < 0)
			return -1;
	m->ended = true;
	(void)monitor_accept(&m->listener, 0, e);
	loop_remove(&m->loop, &m->listener);
	(void)close(m->listener.fd);
	m->listener.fd = m->container->listener = -EBADF;
	clients_exit(&m->clients, code);
	monitor_maybe_leave(m);
	return 0;
}

static int monitor_released(struct monitor *m)
{
	m->released = true;
	monitor_maybe_leave(m);
	return 0;
}

/* ---- without a keeper ---- */

static int monitor_release_alone(struct monitor *m)
{
	(void)signal(SIGCHLD, SIG_DFL);
	exit_release(m->container, &m->releaser);
	if (m->releaser.pidfd >= 0)
		(void)proc_wait(&m->releaser, 0);
	return monitor_released(m);
}

static int monitor_end_alone(struct monitor *m, int code, struct err *e)
{
	struct exit_end end = { .code = code, .keeper_lost = true };

	exit_record_end(m->container, &end);
	(void)unlinkat(m->container->run_dir, MONITOR_SOCKET, 0);
	return monitor_end(m, code, e) < 0 ? -1 : monitor_release_alone(m);
}

/* The kernel tells the code once the process was reaped by whoever inherited it: asked then, at once, or never. */
static int monitor_init_ended(struct loop_source *source, uint32_t events, struct err *e)
{
	struct monitor *m = loop_owner(source, struct monitor, init);
	int code = proc_exit_code(&m->container->init);

	if (code == -EAGAIN) {
		(void)loop_timer_set(m->reap_timer.fd, REAP_WAIT);
		return loop_watch(&m->loop, source, 0, e); /* EPOLLHUP comes unasked */
	}
	loop_remove(&m->loop, source);
	loop_remove(&m->loop, &m->reap_timer);
	return monitor_end_alone(m, code < 0 ? -1 : code, e);
}

static int monitor_init_not_reaped(struct loop_source *source, uint32_t events, struct err *e)
{
	struct monitor *m = loop_owner(source, struct monitor, reap_timer);

	loop_remove(&m->loop, source);
	loop_remove(&m->loop, &m->init);
	return monitor_end_alone(m, -1, e);
}

static int monitor_keeper_lost(struct monitor *m, struct err *e)
{
	struct exit_record record;

	m->keeper_lost = true;
	loop_remove(&m->loop, &m->channel);
	if (m->ended)
		return monitor_release_alone(m);
	if (exit_record_read(m->container->fds[CONTAINER_DIR], &record, NULL) == 0) /* its last words */
		return monitor_end_alone(m, record.code, e);
	log_warn("the keeper of %s is gone, its monitor goes on", m->container->facts.id);
	(void)container_publish(m->container, STATUS_RUNNING, getpid(), 0, false);
	m->init = (struct loop_source){ .fd = m->container->init.pidfd, .ready = monitor_init_ended };
	m->reap_timer = (struct loop_source){ .fd = loop_timer(), .ready = monitor_init_not_reaped };
	if (m->reap_timer.fd < 0)
		return err_sys(e, -m->reap_timer.fd, "make a timer");
	if (loop_watch(&m->loop, &m->reap_timer, EPOLLIN, e) < 0)
		return -1;
	return loop_watch(&m->loop, &m->init, EPOLLIN, e);
}

static int monitor_channel_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct monitor *m = loop_owner(source, struct monitor, channel);
	struct channel_message message;
	ssize_t n = recv(source->fd, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n != sizeof(message))
		return monitor_keeper_lost(m, e);
	if (message.type == CHANNEL_EXIT)
		return monitor_end(m, message.value, e);
	return message.type == CHANNEL_RELEASED ? monitor_released(m) : 0;
}

/* ---- start ---- */

static int monitor_open(struct monitor *m, const struct monitor_run *how, struct err *e)
{
	struct container *c = how->container;

	if (c->facts.has_log && logs_open(&m->logs, e) < 0)
		return -1;
	if (loop_open(&m->loop, e) < 0)
		return -1;
	m->channel = (struct loop_source){ .fd = how->channel, .ready = monitor_channel_ready };
	m->listener = (struct loop_source){ .fd = c->listener, .ready = monitor_accept };
	if (monitor_stdin_open(m, how, e) < 0)
		return -1;
	if (how->client >= 0 && clients_add(&m->clients, how->client, true, how->flags, e) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if (stream_open(m, i, e) < 0)
			return -1;
	if (c->listener >= 0 && loop_watch(&m->loop, &m->listener, EPOLLIN, e) < 0)
		return -1;
	return loop_watch(&m->loop, &m->channel, EPOLLIN, e);
}

/* What the keeper does last, when it can; without it, here. */
static void monitor_leave(struct monitor *m)
{
	bool cleaned = m->clients.cleaned;

	if (cleaned)
		(void)channel_send(m->channel.fd, CHANNEL_CLEANED, 0);
	(void)channel_send(m->channel.fd, CHANNEL_DONE, 0);
	if (!m->keeper_lost || cleaned)
		return;
	clients_close(&m->clients);
	exit_become_cleanup(m->container);
}

int monitor_run(const struct monitor_run *how)
{
	struct container *c = how->container;
	struct monitor m = {
		.loop = { .epoll = -EBADF, .idle_ms = MONITOR_IDLE_MS, .idle = monitor_idle },
		.container = c,
		.clients = { .calls = &calls, .spill_dir = c->fds[CONTAINER_DIR], .tty = c->facts.tty,
			     .duty = c->facts.remove },
		.logs = { .dir = c->fds[CONTAINER_LOG], .name = c->facts.log_name, .max_size = c->facts.log_max_size,
			  .max_files = c->facts.log_max_files, .shared = &c->relay->logs, .fd = -EBADF,
			  .index_fd = -EBADF },
		.releaser = PROC_INIT,
	};
	struct err e = ERR_INIT;

	m.clients.loop = &m.loop;
	(void)prctl(PR_SET_NAME, "lighter-monitor");
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN); /* exec helpers answer for themselves */
	if (monitor_open(&m, how, &e) < 0 || loop_run(&m.loop, &e) < 0) {
		log_error("monitor of %s: %s", c->facts.id, e.text);
		return -1;
	}
	monitor_leave(&m);
	return 0;
}
