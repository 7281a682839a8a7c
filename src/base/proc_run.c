/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"

/* Takes what is there; only what `max` leaves room for stays. */
static void listen_to(int output, size_t max, struct str *said)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(output, bytes, sizeof(bytes))) > 0)
		if (said->len < max)
			str_add_bytes(said, bytes, (size_t)n < max - said->len ? (size_t)n : max - said->len);
}

/* Until the program has ended: what it left behind may hold the pipe open for ever. */
static int watch(struct proc *program, int output, int64_t deadline, size_t max, struct str *said)
{
	struct pollfd at[] = { { .fd = program->pidfd, .events = POLLIN }, { .fd = output, .events = POLLIN } };

	for (;;) {
		int64_t left = deadline - clock_boot();
		struct timespec t = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };

		if (deadline && left <= 0)
			return -ETIMEDOUT;
		if (ppoll(at, ARRAY_SIZE(at), deadline ? &t : NULL, NULL) < 0 && errno != EINTR)
			return -errno;
		listen_to(output, max, said);
		if (at[1].revents & (POLLHUP | POLLERR))
			at[1].fd = -1;
		if (at[0].revents)
			return proc_wait(program, 0);
	}
}

int proc_run(const struct proc_spawn *how, const int stdio[static 3], int64_t deadline, size_t max, struct str *said,
	     int *ret_status, struct err *e)
{
	autofd int output = -EBADF, theirs = -EBADF;
	autoproc struct proc program = PROC_INIT;
	struct proc_spawn full = *how;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe for '%s'", how->path);
	output = ends[0];
	theirs = ends[1];
	if (fcntl(output, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, errno, "make a pipe for '%s'", how->path);
	full.keep = (const int[]){ stdio[0], 0, stdio[1] < 0 ? theirs : stdio[1], 1, stdio[2] < 0 ? theirs : stdio[2], 2 };
	full.n_keep = 3;
	full.new_session = true;
	if (proc_spawn(&full, &program, e) < 0)
		return -1;
	(void)close(take_fd(theirs));
	*ret_status = watch(&program, output, deadline, max, said);
	if (*ret_status < 0) {
		(void)proc_signal_session(&program, SIGKILL);
		(void)proc_kill_wait(&program);
	}
	while (said->len > 0 && said->data[said->len - 1] == '\n')
		said->data[--said->len] = '\0';
	return 0;
}
