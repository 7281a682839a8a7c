/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Three phases. Start: join the monitors' cgroups, listen, let the creation child make the container, report to the
 * caller. Watch: a poll on SIGCHLD and the channel to the monitor. End: record, release, let the monitor deliver the
 * last output, clean up by becoming another program.
 *
 * As a subreaper the keeper also inherits helpers of a dead monitor and reaps whatever ends.
 */

#include "monitor/keeper.h"

#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "formats/exit.h"
#include "formats/monitor_msg.h"
#include "monitor/channel.h"
#include "monitor/create.h"
#include "monitor/exit.h"
#include "monitor/idle.h"
#include "monitor/monitor.h"
#include "monitor/relay.h"

enum { KEEPER_QUICK_DEATHS = 5, KEEPER_PAUSE_MS = 500, KEEPER_BACKLOG = 128, KEEPER_LOG_MAX = 65536 };

struct keeper {
	struct container c;
	int client;	/* who started us; the first monitor's from its fork on */
	int lock;	/* the container's, until the caller is answered: a caller that is killed does not free it earlier */
	int32_t flags;	/* enum monitor_attach_flags */
	uint32_t rows, columns;
	int signals;	/* signalfd of SIGCHLD */
	int channel;	/* to the monitor */
	struct proc creation;
	pid_t monitor, releaser; /* children that are not reaped yet, 0: none */
	int64_t monitor_started;
	unsigned quick_deaths;
	bool started;	/* the user's program was exec'ed */
	bool ended, released, done, cleaned;
	int code;
};

/* ---- start ---- */

static void keeper_open_null(void)
{
	int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR | O_NOCTTY, 0);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)(fd == null ? fcntl(fd, F_SETFD, 0) : dup2(null, fd));
	if (null > 2)
		(void)close(null);
	(void)syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void keeper_join_cgroups(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (write(KEEPER_CGROUPS + (int)i, "0", 1) != 1)
			log_warn("join the monitors' cgroup: %s, ignoring", strerror(errno));
		(void)close(KEEPER_CGROUPS + (int)i);
	}
}

static int keeper_signals(struct keeper *k, struct err *e)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
	sigset_t child;

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	k->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signals < 0 ? err_sys(e, errno, "make a signalfd") : 0;
}

static int keeper_listen(struct keeper *k, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char link[PATH_FD_LEN];

	(void)unlinkat(k->c.run_dir, MONITOR_SOCKET, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", path_of_fd(k->c.run_dir, link), MONITOR_SOCKET);
	k->c.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->c.listener < 0 || bind(k->c.listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(k->c.listener, KEEPER_BACKLOG) < 0)
		return err_sys(e, errno, "listen on '%s'", MONITOR_SOCKET);
	return 0;
}

/* What the caller said first: whether it stays attached. */
static int keeper_hear_caller(struct keeper *k, struct err *e)
{
	struct monitor_msg msg;
	ssize_t n = recv(k->client, &msg, sizeof(msg), 0);

	if (n != sizeof(msg) || msg.version != MONITOR_MSG_VERSION || msg.type != MONITOR_ATTACH)
		return err_set(e, ERR_INVALID, "lighter-monitor was started by something else");
	k->flags = msg.a;
	k->rows = (uint32_t)msg.b >> 16;
	k->columns = (uint32_t)msg.b & 0xffff;
	return 0;
}

static int keeper_open(struct keeper *k, unsigned n_cgroups, struct err *e)
{
	(void)prctl(PR_SET_NAME, "lighter-keeper");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)umask(022);
	k->c.log = path_open(k->c.run_dir, "monitor.log", PATH_OWN, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0600);
	log_init("lighter-monitor", k->c.log, LOG_LEVEL_WARN);
	keeper_join_cgroups(n_cgroups);
	if (chdir("/") < 0)
		return err_sys(e, errno, "change to '/'");
	if (keeper_signals(k, e) < 0 || keeper_hear_caller(k, e) < 0 || keeper_listen(k, e) < 0)
		return -1;
	k->c.relay = relay_memory_new();
	for (int i = 0; i < 2; i++)
		if (!k->c.relay || pipe2(k->c.staging[i], O_CLOEXEC) < 0)
			return err_sys(e, errno, "make a relay");
	for (int i = 0; i < 2; i++)
		(void)fcntl(k->c.staging[i][0], F_SETPIPE_SZ, RELAY_BATCH);
	return 0;
}

/* A keeper should be the last to go when memory is short; its container must not inherit that. */
static void keeper_protect(struct keeper *k)
{
	int r;

	(void)file_read_line(AT_FDCWD, "/proc/self/oom_score_adj", k->c.oom_score_adj, sizeof(k->c.oom_score_adj));
	r = file_write_text(AT_FDCWD, "/proc/self/oom_score_adj", "-999");
	if (r < 0)
		log_info("lower oom_score_adj: %s, ignoring", strerror(-r));
}

static int keeper_fork_creation(struct keeper *k, int *ret_sock, struct err *e)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(e, errno, "make a socket pair");
	pid = proc_fork(&k->creation);
	if (pid == 0) {
		(void)close(ends[0]);
		own_close(&k->lock); /* it may outlive the answer */
		container_child_reset(&k->c);
		(void)prctl(PR_SET_NAME, "lighter-create");
		create_run(k->c.run_dir, ends[1], k->rows, k->columns);
		_exit(0);
	}
	(void)close(ends[1]);
	*ret_sock = ends[0];
	return pid < 0 ? err_sys(e, -pid, "fork") : 0;
}

static int keeper_take_facts(struct keeper *k, const struct create_message *m, int *fds, size_t n, struct err *e)
{
	if (n != CONTAINER_FDS)
		return err_set(e, ERR_INTERNAL, "the creation child sent %zu descriptors", n);
	memcpy(&k->c.facts, &m->facts, sizeof(m->facts));
	for (int i = 0; i < CONTAINER_FDS; i++)
		k->c.fds[i] = take_fd(fds[i]);
	(void)unlinkat(k->c.fds[CONTAINER_DIR], EXIT_FILE, 0); /* of an earlier run */
	return 0;
}

static int keeper_take_init(struct keeper *k, const struct create_message *m, int *fds, size_t n, struct err *e)
{
	size_t terminal = 1;

	if (n < 1)
		return err_set(e, ERR_INTERNAL, "the creation child sent no process");
	k->c.init = (struct proc){ .pid = m->pid, .pidfd = take_fd(fds[0]) };
	if (m->counts_oom)
		k->c.oom = take_fd(fds[terminal++]);
	if (n <= terminal)
		return 0;
	if (fcntl(fds[terminal], F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, errno, "set up the terminal");
	for (int i = CONTAINER_STDIN; i <= CONTAINER_STDOUT; i++) {
		own_close(&k->c.fds[i]);
		k->c.fds[i] = fcntl(fds[terminal], F_DUPFD_CLOEXEC, 3);
	}
	return 0;
}

static int keeper_take_result(struct keeper *k, const struct create_message *m, int *fds, size_t n, struct err *e)
{
	if (m->err.code == ERR_NONE) {
		k->started = true;
		return 0;
	}
	*e = m->err;
	return -1;
}

/* Follows the creation child to its end; *ret_failure: 126 or 127 when the user's program is at fault. */
static int keeper_create(struct keeper *k, int sock, int *ret_failure, struct err *e)
{
	static int (*const take[])(struct keeper *, const struct create_message *, int *, size_t, struct err *) = {
		[CREATE_FACTS] = keeper_take_facts,
		[CREATE_MADE] = keeper_take_init,
		[CREATE_RESULT] = keeper_take_result,
	};

	while (!k->started) {
		struct create_message m;
		int fds[CONTAINER_FDS], r;
		size_t n = CONTAINER_FDS;
		ssize_t got;

		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			fds[i] = -EBADF;
		got = io_recv_fds(sock, &m, sizeof(m), fds, &n);
		if (got != sizeof(m) || m.type < CREATE_FACTS || m.type > CREATE_RESULT)
			return err_set(e, ERR_INTERNAL, "the creation of the container was killed");
		r = take[m.type](k, &m, fds, n, e);
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			own_close(&fds[i]);
		*ret_failure = m.type == CREATE_RESULT ? m.failure : 0;
		if (r < 0)
			return -1;
	}
	return 0;
}

/* Nothing of a container that could not be started remains. */
static void keeper_undo(struct keeper *k)
{
	struct proc releaser = PROC_INIT;

	if (k->creation.pidfd >= 0)
		(void)proc_kill_wait(&k->creation);
	if (k->c.init.pidfd >= 0)
		(void)proc_kill_wait(&k->c.init);
	if (k->c.facts.id[0])
		exit_release(&k->c, &releaser);
	if (releaser.pidfd >= 0)
		(void)proc_wait(&releaser, 0);
	if (k->c.listener >= 0)
		(void)unlinkat(k->c.run_dir, MONITOR_SOCKET, 0);
}

/* ---- the monitor ---- */

static int keeper_fork_monitor(struct keeper *k)
{
	struct proc child = PROC_INIT;
	pid_t pid;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = proc_fork(&child);
	if (pid == 0) {
		struct monitor_run how = {
			.container = &k->c, .channel = ends[1], .client = k->client, .flags = k->flags,
		};
		sigset_t none;

		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)close(ends[0]);
		(void)close(k->signals);
		own_close(&k->channel);
		_exit(monitor_run(&how) < 0 ? 1 : 0);
	}
	proc_done(&child);
	(void)close(ends[1]);
	own_close(&k->channel);
	own_close(&k->client);
	k->client = -EBADF;
	k->channel = ends[0];
	k->monitor = pid < 0 ? 0 : pid;
	k->monitor_started = clock_boot();
	return pid < 0 ? pid : 0;
}

/* Starts a monitor and tells it what its predecessor may have been told. One that keeps dying is given time. */
static void keeper_start_monitor(struct keeper *k)
{
	struct stat st;
	int r;

	if (fstat(k->c.log, &st) == 0 && st.st_size > KEEPER_LOG_MAX && ftruncate(k->c.log, 0) < 0)
		log_warn("empty monitor.log: %s, ignoring", strerror(errno));
	if (k->quick_deaths > KEEPER_QUICK_DEATHS)
		(void)poll(NULL, 0, KEEPER_PAUSE_MS);
	r = keeper_fork_monitor(k);
	if (r < 0)
		log_error("start the monitor of %s: %s", k->c.facts.id, strerror(-r));
	if (r == 0 && k->ended)
		(void)channel_send(k->channel, CHANNEL_EXIT, k->code);
	if (r == 0 && k->released)
		(void)channel_send(k->channel, CHANNEL_RELEASED, 0);
}

/* ---- watch ---- */

/* Takes what the monitor said. Its silence and its end are both left to SIGCHLD. */
static void keeper_hear_monitor(struct keeper *k)
{
	struct channel_message m;
	ssize_t n;

	while ((n = recv(k->channel, &m, sizeof(m), MSG_DONTWAIT)) == sizeof(m)) {
		if (m.type == CHANNEL_STDIN_CLOSED) {
			own_close(&k->c.fds[CONTAINER_STDIN]);
			k->c.fds[CONTAINER_STDIN] = -EBADF;
		}
		k->cleaned |= m.type == CHANNEL_CLEANED;
		k->done |= m.type == CHANNEL_DONE;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	own_close(&k->channel);
	k->channel = -EBADF;
}

static void keeper_monitor_died(struct keeper *k)
{
	k->monitor = 0;
	keeper_hear_monitor(k); /* its last words */
	if (k->done)
		return;
	k->quick_deaths = clock_boot() - k->monitor_started < NSEC_PER_SEC ? k->quick_deaths + 1 : 0;
	log_warn("the monitor of %s died and is started again", k->c.facts.id);
	keeper_start_monitor(k);
}

static void keeper_container_ended(struct keeper *k, const siginfo_t *info)
{
	struct exit_end end = { .code = info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status };
	struct proc releaser = PROC_INIT;

	k->ended = true;
	k->code = end.code;
	exit_record_end(&k->c, &end);
	(void)unlinkat(k->c.run_dir, MONITOR_SOCKET, 0);
	(void)channel_send(k->channel, CHANNEL_EXIT, end.code);
	exit_release(&k->c, &releaser);
	k->releaser = releaser.pidfd >= 0 ? releaser.pid : 0;
	k->released = k->releaser == 0;
	proc_done(&releaser);
	if (k->released)
		(void)channel_send(k->channel, CHANNEL_RELEASED, 0);
}

static void keeper_reap(struct keeper *k)
{
	struct signalfd_siginfo waste;
	siginfo_t info;

	while (read(k->signals, &waste, sizeof(waste)) > 0)
		;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == k->c.init.pid && !k->ended) {
			keeper_container_ended(k, &info);
		} else if (info.si_pid == k->monitor) {
			keeper_monitor_died(k);
		} else if (info.si_pid == k->releaser) {
			k->releaser = 0;
			k->released = true;
			(void)channel_send(k->channel, CHANNEL_RELEASED, 0);
		}
	}
}

static void keeper_watch(struct keeper *k)
{
	while (!k->ended || !k->released || k->monitor) {
		struct pollfd fds[] = {
			{ .fd = k->channel, .events = POLLIN },
			{ .fd = k->signals, .events = POLLIN },
		};

		if (idle_poll(fds, ARRAY_SIZE(fds)) < 0)
			continue;
		if (fds[0].revents)
			keeper_hear_monitor(k);
		if (fds[1].revents)
			keeper_reap(k);
	}
}

/* ---- the whole life ---- */

static int keeper_begin(struct keeper *k, unsigned n_cgroups, int *ret_failure, struct err *e)
{
	autofd int sock = -EBADF;

	if (keeper_open(k, n_cgroups, e) < 0 || keeper_fork_creation(k, &sock, e) < 0)
		return -1;
	keeper_protect(k);
	if (keeper_create(k, sock, ret_failure, e) < 0)
		return -1;
	proc_done(&k->creation);
	k->c.started = clock_wall();
	(void)container_publish(&k->c, STATUS_RUNNING, getpid(), 0, false);
	return 0;
}

static void keeper_run(unsigned n_cgroups)
{
	static struct keeper k = {
		.c = { .run_dir = KEEPER_RUN_DIR, .listener = -EBADF, .log = -EBADF, .init = PROC_INIT,
		       .oom = -EBADF },
		.client = KEEPER_SOCK, .lock = KEEPER_LOCK, .signals = -EBADF, .channel = -EBADF, .creation = PROC_INIT,
	};
	struct err e = ERR_INIT;
	int failure = 0, r;

	for (int i = 0; i < CONTAINER_FDS; i++)
		k.c.fds[i] = -EBADF;
	r = keeper_begin(&k, n_cgroups, &failure, &e);
	if (r < 0)
		keeper_undo(&k);
	own_close(&k.lock);
	if (r < 0) {
		(void)monitor_msg_send_error(k.client, failure, &e, 0);
		return;
	}
	(void)monitor_msg_send(k.client, MONITOR_STARTED, 0, 0, NULL, 0, NULL, 0, MSG_DONTWAIT);
	if (!k.flags)
		own_close(&k.client);
	if (!k.flags)
		k.client = -EBADF;
	keeper_start_monitor(&k);
	keeper_watch(&k);
	if (!k.cleaned)
		exit_become_cleanup(&k.c);
}

int keeper_start(unsigned n_cgroups)
{
	struct proc keeper = PROC_INIT;
	pid_t pid;

	if (n_cgroups > KEEPER_CGROUPS_MAX)
		return -EINVAL;
	keeper_open_null();
	pid = proc_fork(&keeper);
	if (pid != 0)
		return pid < 0 ? pid : 0;
	proc_done(&keeper);
	keeper_run(n_cgroups);
	_exit(0);
}
