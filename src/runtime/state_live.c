/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

/*
 * What is true of a container now: who is at work on its record, whether its first process lives, whether it waits.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc_stat.h"

enum { LOCK_SECONDS = 10, TELL_AFTER = 500 * NSEC_PER_MSEC, HOLDER = 32 };

/* Nobody is known who has let go of it meanwhile, or is in another pid namespace. */
static const char *name_holder(int dir, char to[static HOLDER])
{
	pid_t pid = lock_directory_holder(dir);

	(void)snprintf(to, HOLDER, pid > 0 ? "process %d" : "another process", pid);
	return to;
}

int state_lock(int dir, const char *id, bool patient, struct err *e)
{
	int64_t begun = clock_boot(), waited;
	char holder[HOLDER];
	bool told = false;
	int r;

	while ((r = lock_directory(dir)) == -EAGAIN || r == -EINTR) {
		waited = clock_boot() - begun;
		if (!patient || waited > LOCK_SECONDS * NSEC_PER_SEC)
			return err_set(e, ERR_CONFLICT, "container '%s' is being created, checkpointed or deleted by %s", id,
				       name_holder(dir, holder));
		if (!told && waited > TELL_AFTER)
			log_warn("container '%s': waiting for %s, which creates, checkpoints or deletes it", id,
				 name_holder(dir, holder));
		told = waited > TELL_AFTER;
		(void)poll(NULL, 0, 1);
	}
	return r < 0 ? err_sys(e, -r, "lock the state of container '%s'", id) : 0;
}

bool state_is_removed(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_nlink == 0;
}

int state_start_time(pid_t pid, uint64_t *ret)
{
	struct proc_stat stat;
	int r = proc_stat_read(pid, &stat);

	if (r < 0)
		return r;
	if (stat.state == 'Z' || stat.state == 'X')
		return -ESRCH;
	*ret = stat.start;
	return 0;
}

/* 1 or 0; or -errno: whoever cannot look must not take it for dead. The pidfd first, then the look: what is seen belongs
 * to the process that the descriptor holds. */
static int is_alive(const struct state *state, struct proc *ret)
{
	autoproc struct proc init = { .pid = state->pid, .pidfd = -EBADF };
	uint64_t start = 0;
	int r;

	if (state->pid < 0)
		return 0;
	init.pidfd = (int)syscall(SYS_pidfd_open, state->pid, 0);
	r = init.pidfd < 0 ? -errno : state_start_time(state->pid, &start);
	if (init.pidfd < 0 && r == -EINVAL) /* 6.1: gone, but its number still names a session of others */
		r = -ESRCH;
	if (r < 0 || start != state->start_time)
		return r == -ESRCH ? 0 : r;
	if (ret) {
		*ret = init;
		init = (struct proc)PROC_INIT;
	}
	return 1;
}

int state_connect_start(int dir, int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", dir);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : take_fd(fd);
}

/* The name alone does not tell: a start that is killed leaves it behind. */
static int is_waiting(int dir)
{
	int fd;

	if (faccessat(dir, "start.sock", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = state_connect_start(dir, SOCK_NONBLOCK);
	if (fd >= 0)
		(void)close(fd); /* at once: the first process waits for its end */
	if (fd >= 0 || fd == -EAGAIN)
		return 1;
	return fd == -ECONNREFUSED || fd == -ENOENT ? 0 : fd;
}

int state_status(int dir, const struct state *state, struct proc *ret_init, struct err *e)
{
	int r;

	if (state->pid == 0)
		return STATE_CREATING;
	r = is_alive(state, ret_init);
	if (r == 0)
		return STATE_STOPPED;
	r = r < 0 ? r : is_waiting(dir);
	if (r < 0)
		return err_sys(e, -r, "look at the first process of container '%s'", state->id);
	return r > 0 ? STATE_CREATED : STATE_RUNNING;
}
