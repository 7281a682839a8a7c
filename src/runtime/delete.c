/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

/*
 * Delete works by the record alone and finishes what a killed create, start or delete has left. The poststop hooks come
 * last, when nothing of the container is there any more; what they need is read before.
 */

#include <fcntl.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "runtime/cgroup_driver.h"
#include "runtime/config.h"
#include "runtime/hooks.h"

static const int64_t patience[] = { 500 * NSEC_PER_MSEC, 9500 * NSEC_PER_MSEC };

/* What does not die is named early, and once more when it is given up. */
static int remove_at_last(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
			  struct err *e)
{
	const struct cgroup_driver *driver = cgroup_driver_of(state);
	autostr struct str blockers = STR_INIT;
	struct err busy = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(patience); i++) {
		if (driver->remove(root, state, cgroups, clock_boot() + patience[i], &busy) == 0)
			return 0;
		if (busy.number != EBUSY || !state->cgroup) {
			if (e)
				*e = busy;
			return -1;
		}
		str_clear(&blockers);
		cgroup_blockers(cgroups, state->cgroup, &blockers);
		if (i == 0)
			log_warn("container '%s': waiting for %s", state->id, str_text(&blockers));
	}
	return err_set(e, ERR_CONFLICT, "cannot delete container '%s': %s", state->id, str_text(&blockers));
}

static int remove_groups(const struct runtime_root *root, const struct state *state,
			 const struct cgroup_system *cgroups, struct err *e)
{
	/* Groups without a process, as they are when the program has ended by itself, go at once. */
	if (!state->unit && cgroup_remove(cgroups, state->cgroup, clock_boot(), NULL) == 0)
		return state_remove_rdt(state, e);
	if (state->cgroup && cgroup_kill(cgroups, state->cgroup, e) < 0)
		return -1;
	if (remove_at_last(root, state, cgroups, e) < 0)
		return -1;
	return state_remove_rdt(state, e);
}

/* `cgroups` NULL: to be read. */
static int remove_all_groups(const struct runtime_root *root, const struct state *state,
			     const struct cgroup_system *cgroups, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system own = { .items = NULL };

	if (!state->cgroup && !state->unit)
		return 0;
	if (!cgroups && cgroup_system_read(&own, e) < 0)
		return -1;
	return remove_groups(root, state, cgroups ? cgroups : &own, e);
}

static int end(int dir, const struct state *state, bool force, struct err *e)
{
	autoproc struct proc init = PROC_INIT;
	int status = state_status(dir, state, &init, e);

	if (status < 0)
		return -1;
	/* As runc: what was never started is not worth more force. */
	if (status != STATE_STOPPED && status != STATE_CREATED && !force)
		return err_set(e, ERR_CONFLICT, "cannot delete container '%s' that is not stopped", state->id);
	if (init.pidfd >= 0)
		(void)proc_signal(&init, SIGKILL);
	return 0;
}

/* What is in it as a rule is known; what else a killed creation has left is found. */
static int remove_state(const struct runtime_root *root, int dir, const char *id, struct err *e)
{
	static const char *const names[] = { "state.json", "config.json" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlinkat(dir, names[i], 0);
	if (unlinkat(root->fd, id, AT_REMOVEDIR) < 0)
		r = path_remove_tree(root->fd, id);
	return r < 0 && r != -ENOENT ? err_sys(e, -r, "remove the state of '%s'", id) : 0;
}

static void run_poststop(const struct state *state, const struct config *config)
{
	cleanup(hook_output_done) struct hook_output output = HOOK_OUTPUT_NONE;
	autofd int bundle = path_open(AT_FDCWD, state->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	const struct hook_call call = { .kind = HOOK_POSTSTOP, .spec = config_spec(config), .state = state,
					.cwd = bundle < 0 ? 0 : bundle, .output = &output };
	struct err refused = ERR_INIT;

	if (hook_output_open(call.spec, &output, &refused) < 0)
		log_warn("%s, ignoring", refused.text);
	hooks_run_all(&call);
}

static int delete_ended(struct runtime_root *root, int dir, const struct state *state,
			const struct cgroup_system *cgroups, struct err *e)
{
	cleanup(config_done) struct config config = CONFIG_INIT;
	struct err unreadable = ERR_INIT;

	if (remove_all_groups(root, state, cgroups, e) < 0)
		return -1;
	if (state->hooks && config_read(dir, state, &config, &unreadable) < 0)
		log_warn("hooks.poststop: %s, ignoring", unreadable.text);
	if (remove_state(root, dir, state->id, e) < 0)
		return -1;
	if (state->hooks)
		run_poststop(state, &config);
	return 0;
}

/* A creation that hangs, in a hook or on a mount, and a checkpoint that takes its time do not hold up who wants it gone.
 * By its path only a group without a first process is killed: when a container has one, another delete may be about to
 * end, and the group's name to be a next container's. */
static void interrupt(int dir, const char *id)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	cleanup(state_done) struct state state = { .pid = 0 };
	autoproc struct proc init = PROC_INIT;

	if (state_read(dir, id, &state, NULL) < 0)
		return;
	if (state.pid != 0 && state_status(dir, &state, &init, NULL) >= 0 && init.pidfd >= 0)
		(void)proc_signal(&init, SIGKILL);
	if (state.pid == 0 && state.cgroup && cgroup_system_read(&cgroups, NULL) == 0)
		(void)cgroup_kill(&cgroups, state.cgroup, NULL);
}

static int lock(int dir, const char *id, bool force, struct err *e)
{
	struct err busy = ERR_INIT;

	if (state_lock(dir, id, false, &busy) == 0)
		return 0;
	if (force && busy.code == ERR_CONFLICT) {
		interrupt(dir, id);
		return state_lock(dir, id, true, e);
	}
	if (e)
		*e = busy;
	return -1;
}

int runtime_delete(struct runtime_root *root, const char *id, bool force, struct err *e)
{
	struct err missing = ERR_INIT, unreadable = ERR_INIT;
	autofd int dir = state_open(root, id, &missing);
	cleanup(state_done) struct state state = { .pid = 0 };

	if (dir < 0 && force && missing.code == ERR_NOT_FOUND)
		return 0;
	if (dir < 0) {
		if (e)
			*e = missing;
		return -1;
	}
	if (lock(dir, id, force, e) < 0)
		return -1;
	if (state_read(dir, id, &state, &unreadable) == 0)
		return end(dir, &state, force, e) < 0 ? -1 : delete_ended(root, dir, &state, NULL, e);
	/* The record may be missing or torn where creation was killed: then there is nothing else yet either. */
	if (state_is_removed(dir))
		return force ? 0 : state_not_found(id, e);
	if (force && (unreadable.number == 0 || unreadable.number == ENOENT))
		return remove_state(root, dir, id, e);
	/* One that only cannot be read now may name a container that runs. */
	if (e)
		*e = unreadable;
	return -1;
}

int runtime_delete_held(struct runtime_root *root, const struct runtime_held *held, struct err *e)
{
	const struct runtime_made *made = held->made;

	if (state_lock(made->dir, made->state.id, true, e) < 0)
		return -1;
	if (faccessat(made->dir, "state.json", F_OK, 0) < 0)
		return 0;
	return delete_ended(root, made->dir, &made->state, &made->cgroups, e);
}
