/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

void proc_done(struct proc *p)
{
	own_close(&p->pidfd);
	*p = (struct proc)PROC_INIT;
}

static pid_t proc_fork_into(int cgroup, struct proc *ret)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_PIDFD | (cgroup > 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup > 0 ? (uint64_t)cgroup : 0,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -errno;
	if (pid > 0)
		*ret = (struct proc){ .pid = pid, .pidfd = pidfd };
	return pid;
}

pid_t proc_fork(struct proc *ret)
{
	return proc_fork_into(0, ret);
}

/* Puts the kept descriptors in place; a source that a later target would overwrite is moved out of the way first. */
static int proc_place_fds(const struct proc_spawn *how, int report, int *exec_fd)
{
	int from[32], top = report;
	size_t n = how->n_keep;

	if (n > ARRAY_SIZE(from))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (how->keep[2 * i + 1] > top)
			top = how->keep[2 * i + 1];
	for (size_t i = 0; i < n; i++) {
		from[i] = fcntl(how->keep[2 * i], F_DUPFD_CLOEXEC, top + 1);
		if (from[i] < 0)
			return -errno;
	}
	if (*exec_fd >= 0) {
		*exec_fd = fcntl(*exec_fd, F_DUPFD_CLOEXEC, top + 1);
		if (*exec_fd < 0)
			return -errno;
	}
	if (syscall(SYS_close_range, 0, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		if (dup3(from[i], how->keep[2 * i + 1], 0) < 0)
			return -errno;
	return 0;
}

static int proc_exec(const struct proc_spawn *how, int report)
{
	char *const *envp = how->envp ? how->envp : environ;
	int exec_fd = how->path ? -EBADF : how->exec_fd;
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (how->new_session)
		(void)setsid();
	if (how->cwd > 0 && fchdir(how->cwd) < 0)
		return -errno;
	r = proc_place_fds(how, report, &exec_fd);
	if (r == 0 && how->before)
		r = how->before(how->before_arg);
	if (r < 0)
		return r;
	if (how->path)
		(void)execve(how->path, how->argv, envp);
	else
		(void)syscall(SYS_execveat, exec_fd, "", how->argv, envp, AT_EMPTY_PATH);
	return -errno;
}

int proc_spawn(const struct proc_spawn *how, struct proc *ret, struct err *e)
{
	const char *name = how->path ? how->path : how->argv[0];
	autoproc struct proc child = PROC_INIT;
	autofd int read_end = -EBADF, write_end = -EBADF;
	int ends[2], failure = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "start '%s'", name);
	read_end = ends[0];
	/* Above every target, so that placing descriptors never closes it. */
	write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
	(void)close(ends[1]);
	if (write_end < 0)
		return err_sys(e, errno, "start '%s'", name);
	pid = proc_fork_into(how->cgroup, &child);
	if (pid < 0)
		return err_sys(e, -pid, "start '%s'", name);
	if (pid == 0) {
		failure = proc_exec(how, write_end);
		(void)io_write_full(write_end, &failure, sizeof(failure));
		_exit(127);
	}
	(void)close(take_fd(write_end));
	if (io_read_full(read_end, &failure, sizeof(failure)) == 0) {
		(void)proc_wait(&child, 0);
		return err_sys(e, -failure, "start '%s'", name);
	}
	*ret = child;
	child = (struct proc)PROC_INIT;
	return 0;
}

static int proc_poll(const struct proc *p, int64_t deadline)
{
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - clock_boot();
		struct timespec t = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };
		int r;

		if (left <= 0)
			return -ETIMEDOUT;
		r = ppoll(&fd, 1, &t, NULL);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int proc_wait(struct proc *p, int64_t deadline)
{
	siginfo_t info = { 0 };
	int r;

	if (deadline) {
		r = proc_poll(p, deadline);
		if (r < 0)
			return r;
	}
	do
		r = waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* PIDFD_GET_INFO of linux/pidfd.h 6.15, which older headers lack. */
struct pidfd_info_exit {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};

#define PIDFD_ASK _IOWR(0xFF, 11, struct pidfd_info_exit)

enum { PIDFD_ASK_EXIT = 1 << 3 };

int proc_exit_code(const struct proc *p)
{
	struct pidfd_info_exit info = { .mask = PIDFD_ASK_EXIT };

	if (ioctl(p->pidfd, PIDFD_ASK, &info) < 0)
		return errno == ESRCH ? -EAGAIN : -EOPNOTSUPP;
	if (!(info.mask & PIDFD_ASK_EXIT))
		return -EAGAIN;
	return WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code);
}

static uint64_t status_mask(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	unsigned long long mask;

	return at && sscanf(at + strlen(name), "%llx", &mask) == 1 ? mask : UINT64_MAX;
}

void proc_self_read(struct proc_self *ret)
{
	autofd int fd = path_open(AT_FDCWD, "/proc/self/status", PATH_HOST, O_RDONLY, 0);
	char text[16384];
	ssize_t n = fd < 0 ? fd : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	*ret = (struct proc_self){
		.ignored = status_mask(text, "\nSigIgn:"),
		.blocked = status_mask(text, "\nSigBlk:"),
		.bounding = status_mask(text, "\nCapBnd:"),
		.permitted = status_mask(text, "\nCapPrm:"),
		.inheritable = status_mask(text, "\nCapInh:"),
		.ambient = status_mask(text, "\nCapAmb:"),
	};
}

/* Handlers do not survive an exec, ignored signals do. The C library keeps 32 and 33 for itself, a caller may have ignored
 * them all the same: the kernel is asked directly, in its own shape of the structure. */
void proc_reset_signals(const struct proc_self *self)
{
	static const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} default_action;
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		if (self->ignored >> (s - 1) & 1)
			(void)syscall(SYS_rt_sigaction, s, &default_action, NULL, sizeof(default_action.mask));
	(void)sigemptyset(&none);
	if (self->blocked)
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int proc_signal(const struct proc *p, int signal)
{
	return syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

/* The child's number is ours until we wait for it. */
int proc_signal_session(const struct proc *p, int signal)
{
	return kill(-p->pid, signal) < 0 ? -errno : 0;
}

int proc_kill_wait(struct proc *p)
{
	int r = proc_signal(p, SIGKILL);

	return r < 0 && r != -ESRCH ? r : proc_wait(p, 0);
}
