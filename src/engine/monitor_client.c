/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Starting hands the keeper one end of a socket pair: the caller is attached before the container exists, so it gets
 * every byte. Later callers connect to `monitor.sock`. The keeper holds that socket too, so a connection made while the
 * monitor is being replaced waits in the queue for its successor; a connection that breaks is made again where the
 * request can be repeated (wait), and reported where it cannot.
 */

#include "engine/monitor_client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"
#include "formats/monitor_msg.h"
#include "linux/sealed_exec.h"

enum { FD_SOCK = 3, FD_RUN_DIR = 4, FD_LOCK = 5, FD_CGROUPS = 6 }; /* of lighter-monitor; src/monitor/keeper.c */

struct exec {
	int sock;
};

static int monitor_connect(int run_dir, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char link[PATH_FD_LEN];
	autofd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r;

	if (sock < 0)
		return err_sys(e, errno, "connect to the monitor");
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", path_of_fd(run_dir, link), MONITOR_SOCKET);
	do
		r = connect(sock, (struct sockaddr *)&address, sizeof(address));
	while (r < 0 && errno == EINTR);
	if (r < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		return err_set(e, ERR_CONFLICT, "container is not running");
	if (r < 0)
		return err_sys(e, errno, "connect to the monitor");
	return take_fd(sock);
}

/* Receives one message; its body is copied to `body` (MONITOR_MSG_BODY bytes). 0: the connection ended. */
static int monitor_receive(int sock, struct monitor_msg *ret, char *body, int *fds, size_t *ret_n, struct err *e)
{
	char packet[sizeof(*ret) + MONITOR_MSG_BODY];
	const char *at;
	ssize_t n = io_recv_fds(sock, packet, sizeof(packet), fds, ret_n);

	if (n == 0 || n == -ECONNRESET)
		return 0;
	if (n < 0)
		return err_sys(e, (int)-n, "read from the monitor");
	if (monitor_msg_check(packet, (size_t)n, ret, &at) < 0)
		return err_set(e, ERR_INTERNAL, "the monitor sent a message of another version");
	memcpy(body, at, ret->len);
	return 1;
}

/* Waits for `wanted`; *ret_fd: the descriptor that came with it, if any. */
static int monitor_expect(int sock, enum monitor_msg_type wanted, int *ret_a, int *ret_fd, int *ret_exec_failure,
			  struct err *e)
{
	char body[MONITOR_MSG_BODY];
	struct monitor_msg msg;
	autofd int fd = -EBADF;
	size_t n = 1;
	int r = monitor_receive(sock, &msg, body, &fd, &n, e);

	if (r < 0)
		return -1;
	if (r == 0)
		return err_set(e, ERR_UNAVAILABLE, "the container's monitor died");
	if (msg.type == MONITOR_ERROR) {
		monitor_msg_error(&msg, body, e);
		if (ret_exec_failure)
			*ret_exec_failure = msg.a;
		return -1;
	}
	if (msg.type != wanted)
		return err_set(e, ERR_INTERNAL, "the monitor sent an unexpected message of type %u", msg.type);
	if (ret_a)
		*ret_a = msg.a;
	if (ret_fd)
		*ret_fd = take_fd(fd);
	return 0;
}

static int attach_flags(const struct engine_start *how)
{
	return (how->attach_stdin ? MONITOR_ATTACH_STDIN : 0) | (how->attach_stdout ? MONITOR_ATTACH_STDOUT : 0) |
	       (how->attach_stderr ? MONITOR_ATTACH_STDERR : 0);
}

static int monitor_say_attach(int sock, const struct engine_start *how, struct err *e)
{
	int32_t size = how ? (int32_t)((how->rows & 0xffff) << 16 | (how->columns & 0xffff)) : 0;
	int r = monitor_msg_send(sock, MONITOR_ATTACH, how ? attach_flags(how) : 0, size, NULL, 0, NULL, 0, 0);

	return r < 0 ? err_sys(e, -r, "write to the monitor") : 0;
}

/* ---- start ---- */

/* lighter-monitor forks the keeper and exits at once: the keeper is nobody's zombie. */
static int monitor_spawn(const struct monitor_start *how, int sock, struct err *e)
{
	int keep[2 * (FD_CGROUPS + ARRAY_SIZE(how->tasks))] = { sock, FD_SOCK, how->run_dir, FD_RUN_DIR, how->lock,
									FD_LOCK };
	autofree char *path = str_format("%s/lighter-monitor", how->libexec);
	char name[] = "lighter-monitor", count[16];
	char *argv[] = { name, count, NULL };
	struct proc_spawn spawn = { .argv = argv, .keep = keep, .n_keep = 3, .new_session = true,
				    .cgroup = how->cgroup };
	autoproc struct proc child = PROC_INIT;
	autofd int program = -EBADF;
	int r;

	if (!path)
		return err_nomem(e);
	/* It forks what enters the container, so it must not run from a file that can be written. */
	program = sealed_open(path, e);
	if (program < 0)
		return -1;
	spawn.exec_fd = program;
	(void)snprintf(count, sizeof(count), "%zu", how->n_tasks);
	for (size_t i = 0; i < how->n_tasks; i++, spawn.n_keep++) {
		keep[2 * spawn.n_keep] = how->tasks[i];
		keep[2 * spawn.n_keep + 1] = FD_CGROUPS + (int)i;
	}
	if (proc_spawn(&spawn, &child, e) < 0)
		return -1;
	r = proc_wait(&child, 0);
	if (r < 0)
		return err_sys(e, -r, "wait for lighter-monitor");
	return r == 0 ? 0 : err_set(e, ERR_INTERNAL, "lighter-monitor failed with code %d", r);
}

int monitor_start(const struct monitor_start *how, struct attach **ret, int *ret_exec_failure, struct err *e)
{
	const struct engine_start *attach = ret ? how->attach : NULL;
	autofd int ours = -EBADF, theirs = -EBADF;
	int ends[2];

	if (ret_exec_failure)
		*ret_exec_failure = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(e, errno, "start lighter-monitor");
	ours = ends[0];
	theirs = ends[1];
	if (monitor_say_attach(ours, attach, e) < 0 || monitor_spawn(how, theirs, e) < 0)
		return -1;
	(void)close(take_fd(theirs));
	if (monitor_expect(ours, MONITOR_STARTED, NULL, NULL, ret_exec_failure, e) < 0)
		return -1;
	if (attach) {
		*ret = attach_new(take_fd(ours));
		if (!*ret)
			return err_nomem(e);
	} else if (ret) {
		*ret = NULL;
	}
	return 0;
}

/* ---- requests to a running container ---- */

int monitor_attach(int run_dir, const struct engine_start *how, struct attach **ret, struct err *e)
{
	autofd int sock = monitor_connect(run_dir, e);

	if (sock < 0 || monitor_say_attach(sock, how, e) < 0)
		return -1;
	*ret = attach_new(take_fd(sock));
	return *ret ? 0 : err_nomem(e);
}

int monitor_kill(int run_dir, int signal, struct err *e)
{
	autofd int sock = monitor_connect(run_dir, e);
	int r;

	if (sock < 0)
		return -1;
	r = monitor_msg_send(sock, MONITOR_KILL, signal, 0, NULL, 0, NULL, 0, 0);
	if (r < 0)
		return err_sys(e, -r, "write to the monitor");
	return monitor_expect(sock, MONITOR_OK, NULL, NULL, NULL, e);
}

/* 1: readable, 0: the deadline passed. */
static int monitor_poll(int sock, int64_t deadline)
{
	struct pollfd fd = { .fd = sock, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - clock_boot();
		struct timespec t = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };
		int r;

		if (deadline && left <= 0)
			return 0;
		r = ppoll(&fd, 1, deadline ? &t : NULL, NULL);
		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int monitor_wait(int run_dir, int64_t deadline, struct err *e)
{
	for (;;) {
		struct err why = ERR_INIT;
		autofd int sock = monitor_connect(run_dir, &why);
		int r;

		if (sock < 0 && why.code == ERR_CONFLICT)
			return 0;
		if (sock < 0)
			goto failed;
		r = monitor_msg_send(sock, MONITOR_WAIT, 0, 0, NULL, 0, NULL, 0, 0);
		if (r == 0)
			r = monitor_poll(sock, deadline);
		if (r == 0)
			return err_set(e, ERR_DEADLINE, "the container did not stop in time");
		if (r > 0 && monitor_expect(sock, MONITOR_EXIT, NULL, NULL, NULL, &why) == 0)
			return 0;
		if (r > 0 && why.code == ERR_UNAVAILABLE)
			continue; /* the monitor died: its successor is asked, or the keeper is gone too */
		if (r < 0 && r != -EPIPE && r != -ECONNRESET)
			(void)err_sys(&why, -r, "wait for the container");
		else if (r < 0)
			continue;
	failed:
		if (e)
			*e = why;
		return -1;
	}
}

/* ---- exec ---- */

static int exec_request(const struct exec_config *config, struct err *e)
{
	struct monitor_exec request = {
		.flags = (config->tty ? MONITOR_EXEC_TTY : 0) | (config->privileged ? MONITOR_EXEC_PRIVILEGED : 0) |
			 (config->detach ? MONITOR_EXEC_DETACH : 0),
		.rows = config->rows, .columns = config->columns,
		.user = config->user, .working_dir = config->working_dir,
		.args = config->args, .env = config->env, /* borrowed */
	};
	autostr struct str packed = STR_INIT;
	autofd int fd = memfd_create("lighter-exec", MFD_CLOEXEC);
	int r;

	monitor_exec_encode(&request, &packed);
	if (packed.failed)
		return err_nomem(e);
	if (packed.len > MONITOR_EXEC_MAX)
		return err_set(e, ERR_INVALID, "arguments and environment are too long");
	r = fd < 0 ? -errno : io_write_full(fd, packed.data, packed.len);
	return r < 0 ? err_sys(e, -r, "write the exec request") : take_fd(fd);
}

static int exec_send(int sock, int request, const struct exec_config *config, struct err *e)
{
	autofd int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR | O_NOCTTY, 0);
	int fds[MONITOR_MSG_FDS] = { request };
	int r;

	for (int i = 0; i < 3; i++)
		fds[1 + i] = config->tty || config->detach || config->stdio[i] < 0 ? null : config->stdio[i];
	if (null < 0)
		return err_sys(e, -null, "open '/dev/null'");
	r = monitor_msg_send(sock, MONITOR_EXEC, 0, 0, NULL, 0, fds, ARRAY_SIZE(fds), 0);
	return r < 0 ? err_sys(e, -r, "write to the monitor") : 0;
}

int monitor_exec(int run_dir, const struct exec_config *config, struct exec **ret, int *ret_master,
		 int *ret_exec_failure, struct err *e)
{
	autofd int sock = monitor_connect(run_dir, e), request = -EBADF, master = -EBADF;
	struct exec *exec;

	*ret_exec_failure = 0;
	if (sock < 0)
		return -1;
	request = exec_request(config, e);
	if (request < 0 || exec_send(sock, request, config, e) < 0 ||
	    monitor_expect(sock, MONITOR_STARTED, NULL, &master, ret_exec_failure, e) < 0)
		return -1;
	exec = malloc(sizeof(*exec));
	if (!exec)
		return err_nomem(e);
	exec->sock = take_fd(sock);
	*ret = exec;
	*ret_master = take_fd(master);
	return 0;
}

int engine_exec_fd(const struct exec *exec)
{
	return exec->sock;
}

int engine_exec_wait(struct exec *exec, int *ret_code, struct err *e)
{
	return monitor_expect(exec->sock, MONITOR_EXIT, ret_code, NULL, NULL, e);
}

void engine_exec_free(struct exec *exec)
{
	if (!exec)
		return;
	(void)close(exec->sock);
	free(exec);
}
