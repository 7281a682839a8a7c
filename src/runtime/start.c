/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

/*
 * Start, kill and delete: what is done to a container from outside, by its record alone.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "linux/cgroup.h"

static int connect_start(int dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", dir);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : take_fd(fd);
}

/* The connection's end without a word is the exec: the first process holds it close-on-exec. */
static int wait_for_exec(int fd, struct err *e)
{
	struct err report;
	int r = io_read_full(fd, &report, sizeof(report));

	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return err_sys(e, -r, "wait for the program to start");
	if (e)
		*e = report;
	return -1;
}

int runtime_start(struct runtime_root *root, const char *id, struct err *e)
{
	autofd int dir = state_open(root, id, e), fd = -EBADF;
	enum state_status status;
	struct state state;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	status = state_status(dir, &state, NULL);
	state_done(&state);
	if (status == STATE_CREATED)
		fd = connect_start(dir);
	/* Whoever unlinks the socket is the one who starts. */
	if (fd < 0 || unlinkat(dir, "start.sock", 0) < 0)
		return err_set(e, ERR_CONFLICT, status == STATE_STOPPED ? "cannot start a container that has stopped" :
									   "cannot start an already running container");
	return wait_for_exec(fd, e);
}

int runtime_start_here(int start, struct err *e)
{
	int r = io_write_full(start, "", 1);

	return r < 0 ? err_sys(e, -r, "start the first process") : wait_for_exec(start, e);
}

int runtime_kill(struct runtime_root *root, const char *id, int signal, bool all, struct err *e)
{
	autofd int dir = state_open(root, id, e);
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	autoproc struct proc init = PROC_INIT;
	cleanup(state_done) struct state state = { .pid = 0 };
	enum state_status status;
	int r;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	status = state_status(dir, &state, &init);
	if (all && (status != STATE_STOPPED || signal == SIGKILL)) {
		if (cgroup_system_read(&cgroups, e) < 0)
			return -1;
		return signal == SIGKILL ? cgroup_kill(&cgroups, state.cgroup, e) :
					   cgroup_signal(&cgroups, state.cgroup, signal, e);
	}
	if (status == STATE_STOPPED || status == STATE_CREATING)
		return err_set(e, ERR_CONFLICT, "container not running");
	r = proc_signal(&init, signal);
	return r < 0 ? err_sys(e, -r, "signal container '%s'", id) : 0;
}

static int remove_groups(const struct state *state, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };

	if (cgroup_system_read(&cgroups, e) < 0)
		return -1;
	if (cgroup_kill(&cgroups, state->cgroup, e) < 0)
		return -1;
	return cgroup_remove(&cgroups, state->cgroup, clock_boot() + 10 * NSEC_PER_SEC, e);
}

/* The record may be missing or torn where creation was killed: then there is nothing else yet either. */
static int delete_state(struct runtime_root *root, int dir, const char *id, bool force, struct err *e)
{
	cleanup(state_done) struct state state = { .pid = 0 };
	autoproc struct proc init = PROC_INIT;
	struct err unreadable = ERR_INIT;
	enum state_status status;

	if (state_read(dir, id, &state, &unreadable) < 0) {
		if (force)
			return 0;
		if (e)
			*e = unreadable;
		return -1;
	}
	status = state_status(dir, &state, &init);
	/* As runc: what was never started is not worth more force. */
	if (status != STATE_STOPPED && status != STATE_CREATED && !force)
		return err_set(e, ERR_CONFLICT, "cannot delete container '%s' that is not stopped", id);
	if (init.pidfd >= 0)
		(void)proc_signal(&init, SIGKILL);
	return state.cgroup ? remove_groups(&state, e) : 0;
}

int runtime_delete(struct runtime_root *root, const char *id, bool force, struct err *e)
{
	struct err missing = ERR_INIT;
	autofd int dir = state_open(root, id, &missing);
	int r;

	if (dir < 0 && force && missing.code == ERR_NOT_FOUND)
		return 0;
	if (dir < 0) {
		if (e)
			*e = missing;
		return -1;
	}
	if (delete_state(root, dir, id, force, e) < 0)
		return -1;
	r = path_remove_tree(root->fd, id);
	return r < 0 && r != -ENOENT ? err_sys(e, -r, "remove the state of '%s'", id) : 0;
}
