/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

/*
 * Start and kill: what is done to a container from outside, by its record alone.
 */

#include <fcntl.h>
#include <poll.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "linux/cgroup.h"
#include "runtime/config.h"
#include "runtime/hooks.h"
#include "runtime/listener.h"

enum { END_MS = 1000 /* for a killed process to be gone */ };

static int open_cwd(const struct state *state)
{
	int fd = path_open(AT_FDCWD, state->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return fd < 0 ? 0 : fd;
}

static int run_poststart(int dir, const struct state *state, const struct proc *init, struct err *e)
{
	cleanup(config_done) struct config config = CONFIG_INIT;
	cleanup(hook_output_done) struct hook_output output = HOOK_OUTPUT_NONE;
	struct hook_call call = { .kind = HOOK_POSTSTART, .state = state, .pid = state->pid, .output = &output };
	autofd int cwd = -EBADF;

	if (config_read(dir, state, &config, e) < 0)
		return -1;
	call.spec = config_spec(&config);
	call.cwd = cwd = open_cwd(state);
	if (hook_output_open(call.spec, &output, e) == 0 && hooks_run(&call, e) == 0)
		return 0;
	(void)proc_signal(init, SIGKILL);
	return -1;
}

int runtime_poststart(struct runtime_root *root, const char *id, struct err *e)
{
	autofd int dir = state_open(root, id, e);
	cleanup(state_done) struct state state = { .pid = 0 };
	autoproc struct proc init = PROC_INIT;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	if (state_status(dir, &state, &init, e) < 0)
		return -1;
	return state.hooks ? run_poststart(dir, &state, &init, e) : 0;
}

/* The agent is there before the process goes on. It is told what engines know: the container is still being created. */
static int connect_agent(const struct oci_spec *spec, const struct state *state, struct listener *ret, struct err *e)
{
	if (listener_connect(spec->linux_->seccomp, ret, e) < 0)
		return -1;
	ret->state = state;
	ret->status = "creating";
	ret->pid = state->pid;
	return 0;
}

/* Whoever is told that the start has failed finds it stopped. */
static void end_init(const struct proc *init)
{
	struct pollfd end = { .fd = init->pidfd, .events = POLLIN };

	(void)proc_signal(init, SIGKILL);
	(void)poll(&end, 1, END_MS);
}

static int refuse_start(int dir, const struct state *state, struct err *e)
{
	static const char *const reasons[] = {
		[STATE_CREATING] = "cannot start a container that is being created",
		[STATE_CREATED] = "cannot start the container: its first process does not answer",
		[STATE_RUNNING] = "cannot start an already running container",
		[STATE_STOPPED] = "cannot start a container that has stopped",
	};

	int status = state_status(dir, state, NULL, e);

	return status < 0 ? -1 : err_set(e, ERR_CONFLICT, "%s", reasons[status]);
}

/* Of several callers the first process takes one; the others' connections are reset when it becomes the program. */
static int start_created(int dir, const struct state *state, const struct proc *init, struct err *e)
{
	cleanup(config_done) struct config config = CONFIG_INIT;
	cleanup(listener_done) struct listener agent = LISTENER_NONE;
	struct err why = ERR_INIT;
	autofd int fd = -EBADF;
	int r;

	if (state->listener && (config_read(dir, state, &config, e) < 0 ||
				connect_agent(config_spec(&config), state, &agent, e) < 0))
		return -1;
	fd = state_connect_start(dir, 0);
	r = fd < 0 ? fd : io_send_fds(fd, "", 1, NULL, 0);
	if (r < 0 && r != -ECONNREFUSED && r != -ENOENT && r != -EPIPE && r != -ECONNRESET)
		return err_sys(e, -r, "start container '%s'", state->id);
	if (r == 0 && listener_wait_exec(fd, &agent, &why) == 0) {
		(void)unlinkat(dir, "start.sock", 0);
		return 0;
	}
	if (r < 0 || why.number == ECONNRESET)
		return refuse_start(dir, state, e);
	end_init(init);
	if (e)
		*e = why;
	return -1;
}

int runtime_start(struct runtime_root *root, const char *id, struct err *e)
{
	autofd int dir = state_open(root, id, e);
	cleanup(state_done) struct state state = { .pid = 0 };
	autoproc struct proc init = PROC_INIT;
	int status;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	status = state_status(dir, &state, &init, e);
	if (status != STATE_CREATED)
		return status < 0 ? -1 : refuse_start(dir, &state, e);
	if (start_created(dir, &state, &init, e) < 0)
		return -1;
	return state.hooks ? run_poststart(dir, &state, &init, e) : 0;
}

/* The record is only looked at where there may be an agent. */
int runtime_start_here(struct runtime_root *root, const char *id, const struct oci_spec *spec, int start, struct err *e)
{
	cleanup(state_done) struct state state = { .pid = 0 };
	cleanup(listener_done) struct listener agent = LISTENER_NONE;
	autofd int dir = -EBADF;
	int r;

	if (spec->linux_->seccomp && spec->linux_->seccomp->listener_path) {
		dir = state_open(root, id, e);
		if (dir < 0 || state_read(dir, id, &state, e) < 0)
			return -1;
		if (state.listener && connect_agent(spec, &state, &agent, e) < 0)
			return -1;
	}
	r = io_send_fds(start, "", 1, NULL, 0);
	return r < 0 ? err_sys(e, -r, "start the first process") : listener_wait_exec(start, &agent, e);
}

/* Every process of the cgroup, also when the first has ended. */
static int kill_all(const struct state *state, int signal, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };

	if (state_read_cgroups(state, &cgroups, e) < 0)
		return -1;
	return signal == SIGKILL ? cgroup_kill(&cgroups, state->cgroup, e) :
				   cgroup_signal(&cgroups, state->cgroup, signal, e);
}

/* On v1 a frozen process dies only when it is thawed. */
static void thaw(const struct state *state)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };

	if (state_read_cgroups(state, &cgroups, NULL) == 0 && cgroup_is_frozen(&cgroups, state->cgroup) > 0)
		(void)cgroup_freeze(&cgroups, state->cgroup, false, NULL);
}

int runtime_kill(struct runtime_root *root, const char *id, int signal, bool all, struct err *e)
{
	autofd int dir = state_open(root, id, e);
	autoproc struct proc init = PROC_INIT;
	cleanup(state_done) struct state state = { .pid = 0 };
	int status, r;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	status = state_status(dir, &state, &init, e);
	if (status < 0)
		return -1;
	/* Without a cgroup the others are unknown. */
	if (all && (state.cgroup || status == STATE_STOPPED))
		return kill_all(&state, signal, e);
	if (status == STATE_STOPPED || status == STATE_CREATING)
		return err_set(e, ERR_CONFLICT, "container not running");
	/* Without a pid namespace the first process takes nobody along. */
	if (signal == SIGKILL && state.shared_pid && state.cgroup)
		return kill_all(&state, signal, e);
	r = proc_signal(&init, signal);
	if (r == 0 && signal == SIGKILL)
		thaw(&state);
	return r < 0 ? err_sys(e, -r, "signal container '%s'", id) : 0;
}
