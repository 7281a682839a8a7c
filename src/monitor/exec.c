/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The helper keeps nothing of the monitor open, above all no other client's connection. With a terminal the client gets
 * the master; the helper keeps a copy, so that the process is not hung up when the client dies, and from then on throws
 * its output away, so that it is not blocked either.
 */

#include "monitor/exec.h"

#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/log.h"
#include "formats/launch.h"
#include "formats/monitor_msg.h"
#include "runtime/runtime.h"

enum { EXEC_SOCK = 3, EXEC_REQUEST, EXEC_STDIN, EXEC_STDOUT, EXEC_STDERR, EXEC_RUN_DIR, EXEC_LOG, EXEC_FDS_END };

struct exec_run {
	const struct container *container;
	struct monitor_exec request;
	struct launch launch;
	struct proc process;
	int master;
};

/* Moves what the helper needs to fixed places and closes all else. */
static int exec_keep_fds(const struct container *c, int sock, const int *fds)
{
	const int from[] = { sock, fds[0], fds[1], fds[2], fds[3], c->run_dir, c->log };
	int high[ARRAY_SIZE(from)];

	for (size_t i = 0; i < ARRAY_SIZE(from); i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 256);
		if (high[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(from); i++)
		if (dup3(high[i], EXEC_SOCK + (int)i, O_CLOEXEC) < 0)
			return -errno;
	return syscall(SYS_close_range, EXEC_FDS_END, ~0U, 0) < 0 ? -errno : 0;
}

static int exec_read_request(struct exec_run *run, struct err *e)
{
	autostr struct str packed = STR_INIT;
	int r = lseek(EXEC_REQUEST, 0, SEEK_SET) < 0 ? -errno : io_read_all(EXEC_REQUEST, MONITOR_EXEC_MAX, &packed);

	if (r < 0)
		return err_sys(e, -r, "read the exec request");
	if (monitor_exec_decode(packed.data ? packed.data : "", packed.len, &run->request, e) < 0)
		return -1;
	if (run->request.flags & MONITOR_EXEC_PRIVILEGED)
		return err_set(e, ERR_UNSUPPORTED, "a privileged exec is not supported");
	return launch_read(EXEC_RUN_DIR, &run->launch, e);
}

static bool exec_wants_term(const struct monitor_exec *request, const struct oci_process *process)
{
	return request->flags & MONITOR_EXEC_TTY && !strv_env_get(&process->env, "TERM");
}

static void exec_take_strv(struct strv *to, struct strv *from)
{
	strv_done(to);
	*to = *from;
	*from = (struct strv)STRV_INIT;
}

/* The container's own process, with what the request says in place of what it says. */
static int exec_process(struct exec_run *run, struct oci_process *process, struct err *e)
{
	struct monitor_exec *request = &run->request;

	exec_take_strv(&process->args, &request->args);
	if (exec_wants_term(request, process) && strv_env_set(&process->env, "TERM", "xterm") < 0)
		return err_nomem(e);
	for (size_t i = 0; i < request->env.n; i++) {
		char *value = strchr(request->env.items[i], '=');

		if (!value)
			continue;
		*value = '\0';
		if (strv_env_set(&process->env, request->env.items[i], value + 1) < 0)
			return err_nomem(e);
	}
	if (request->working_dir) {
		free(process->cwd);
		process->cwd = take_ptr(request->working_dir);
	}
	process->terminal = request->flags & MONITOR_EXEC_TTY;
	free(process->console_size);
	process->console_size = NULL;
	if (process->terminal && request->rows) {
		process->console_size = malloc(sizeof(*process->console_size));
		if (!process->console_size)
			return err_nomem(e);
		*process->console_size = (struct oci_box){ .height = request->rows, .width = request->columns };
	}
	return 0;
}

static int exec_take_master(int console, int *ret_master, struct err *e)
{
	char name[256];
	size_t n = 1;
	int master = -EBADF;
	ssize_t r = io_recv_fds(console, name, sizeof(name), &master, &n);

	if (r < 0 || n != 1)
		return err_sys(e, r < 0 ? (int)-r : EPROTO, "receive the terminal");
	*ret_master = master;
	return 0;
}

static int exec_in_container(struct exec_run *run, struct err *e)
{
	struct runtime_target *target = NULL;
	struct runtime_root *root = NULL;
	autofd int console = -EBADF, other = -EBADF;
	struct oci_process *process = run->launch.spec.process;
	struct runtime_exec how = {
		.process = process, .user = run->request.user ? run->request.user : run->launch.user,
		.stdio = { EXEC_STDIN, EXEC_STDOUT, EXEC_STDERR }, .console_socket = -EBADF,
	};
	int ends[2], r;

	if (!process || exec_process(run, process, e) < 0)
		return process ? -1 : err_set(e, ERR_INVALID, "the launch record has no process");
	if (process->terminal) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
			return err_sys(e, errno, "make a terminal socket");
		console = ends[0];
		how.console_socket = other = ends[1];
	}
	if (runtime_root_open(run->container->facts.runtime_root, &root, e) < 0)
		return -1;
	r = runtime_target_open(root, run->launch.id, &target, e);
	if (r == 0)
		r = runtime_exec(target, &how, &run->process, e);
	runtime_target_free(target);
	runtime_root_free(root);
	if (r == 0 && process->terminal)
		r = exec_take_master(console, &run->master, e);
	return r;
}

/* Until the process ends; a terminal without a client is drained meanwhile. */
static void exec_wait_process(struct exec_run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->process.pidfd, .events = POLLIN },
		{ .fd = run->master >= 0 ? EXEC_SOCK : -1 }, /* POLLHUP */
	};
	char waste[4096];

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 || !fds[0].revents) {
		if (fds[1].fd == run->master && fds[1].revents && read(run->master, waste, sizeof(waste)) <= 0)
			fds[1].fd = -1;
		else if (fds[1].fd == EXEC_SOCK && fds[1].revents)
			fds[1] = (struct pollfd){ .fd = run->master, .events = POLLIN };
	}
}

static int exec_run(struct exec_run *run)
{
	bool detach, has_master;
	struct err e = ERR_INIT;
	int code;

	if (exec_read_request(run, &e) < 0 || exec_in_container(run, &e) < 0)
		return monitor_msg_send_error(EXEC_SOCK, monitor_exec_failure(&e), &e, 0);
	detach = run->request.flags & MONITOR_EXEC_DETACH;
	has_master = run->master >= 0 && !detach;
	(void)monitor_msg_send(EXEC_SOCK, MONITOR_STARTED, 0, 0, NULL, 0, &run->master, has_master ? 1 : 0, 0);
	for (int fd = EXEC_REQUEST; fd <= EXEC_RUN_DIR; fd++)
		(void)close(fd);
	exec_wait_process(run);
	code = proc_wait(&run->process, 0);
	return monitor_msg_send(EXEC_SOCK, MONITOR_EXIT, code, 0, NULL, 0, NULL, 0, 0);
}

void exec_start(const struct container *c, int sock, const int *fds)
{
	struct exec_run run = { .container = c, .process = PROC_INIT, .master = -EBADF };
	struct proc helper = PROC_INIT;
	struct err e = ERR_INIT;
	pid_t pid = proc_fork(&helper);

	if (pid < 0) {
		(void)err_sys(&e, -pid, "fork");
		(void)monitor_msg_send_error(sock, 0, &e, MSG_DONTWAIT);
	}
	proc_done(&helper);
	if (pid != 0)
		return;
	container_child_reset(c);
	(void)prctl(PR_SET_NAME, "lighter-exec");
	if (exec_keep_fds(c, sock, fds) < 0)
		_exit(1);
	log_init("lighter-monitor", EXEC_LOG, LOG_LEVEL_WARN);
	/* The connection may have been made non-blocking by the monitor. */
	(void)fcntl(EXEC_SOCK, F_SETFL, 0);
	_exit(exec_run(&run) < 0 ? 1 : 0);
}
