/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/foreground.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/own.h"

int foreground_console(struct foreground *f, struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, f->console) < 0)
		return err_sys(e, errno, "make the console socket");
	return take_fd(f->console[1]);
}

static int go_raw(struct foreground *f)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &f->saved) < 0)
		return -errno;
	raw = f->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return -errno;
	f->raw = true;
	return 0;
}

static void copy_size(const struct foreground *f)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(f->master, TIOCSWINSZ, &size);
}

bool foreground_size(struct oci_box *ret)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
		return false;
	*ret = (struct oci_box){ .height = size.ws_row, .width = size.ws_col };
	return true;
}

int foreground_begin(struct foreground *f, struct err *e)
{
	char name[64];
	size_t n = 1;
	ssize_t r;

	if (f->console[0] < 0)
		return 0;
	r = io_recv_fds(f->console[0], name, sizeof(name), &f->master, &n);
	if (r < 0 || n != 1)
		return err_sys(e, r < 0 ? (int)-r : EPROTO, "receive the terminal");
	copy_size(f);
	r = go_raw(f);
	return r < 0 ? err_sys(e, (int)-r, "prepare the terminal") : 0;
}

/* Everything that a user may send to the foreground goes to the program instead, and what comes after its end ends
 * nobody: they stay blocked. */
static int block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGCHLD); /* the child's end is read from its pidfd */
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void pass_signal(const struct foreground *f, int signals, const struct proc *child)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && f->master >= 0)
			copy_size(f);
		else if (info.ssi_signo != SIGURG && info.ssi_signo != SIGPIPE)
			(void)proc_signal(child, (int)info.ssi_signo);
	}
}

static bool relay(int from, int to)
{
	char buffer[4096];
	ssize_t n = read(from, buffer, sizeof(buffer));

	return n > 0 && io_write_full(to, buffer, (size_t)n) == 0;
}

enum { AT_SIGNAL, AT_CHILD, AT_MASTER, AT_INPUT, PLACES };

/* What a program has written to its terminal arrives a moment after its end, and the hang-up after that; but whom it has
 * left behind may keep the terminal for ever. */
enum { SILENCE = 100 /* ms */ };

static void serve(const struct foreground *f, struct pollfd at[static PLACES], const struct proc *child)
{
	if (at[AT_SIGNAL].revents)
		pass_signal(f, at[AT_SIGNAL].fd, child);
	if (at[AT_INPUT].revents && !relay(STDIN_FILENO, f->master))
		at[AT_INPUT].fd = -1;
	if (at[AT_MASTER].revents && !relay(f->master, STDOUT_FILENO))
		at[AT_MASTER].fd = -1;
	if (at[AT_CHILD].revents)
		at[AT_CHILD].fd = -1;
}

int foreground_wait(struct foreground *f, struct proc *child, struct err *e)
{
	autofd int signals = block_signals();
	struct pollfd at[PLACES] = {
		[AT_SIGNAL] = { .fd = signals, .events = POLLIN },
		[AT_CHILD] = { .fd = child->pidfd, .events = POLLIN },
		[AT_MASTER] = { .fd = f->master, .events = POLLIN },
		[AT_INPUT] = { .fd = f->master >= 0 ? STDIN_FILENO : -1, .events = POLLIN },
	};

	int status;

	if (signals < 0)
		return err_sys(e, errno, "watch signals");
	while (at[AT_CHILD].fd >= 0 || at[AT_MASTER].fd >= 0) {
		int n = poll(at, PLACES, at[AT_CHILD].fd >= 0 ? -1 : SILENCE);

		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for the container");
		if (n == 0)
			break;
		if (n > 0)
			serve(f, at, child);
	}
	status = proc_wait(child, 0);
	return status < 0 ? err_sys(e, -status, "wait for process %d", child->pid) : status;
}

void foreground_done(struct foreground *f)
{
	if (f->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &f->saved);
	own_close(&f->console[0]);
	own_close(&f->console[1]);
	own_close(&f->master);
}
