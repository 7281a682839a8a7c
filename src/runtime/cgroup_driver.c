/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_driver.h"

/*
 * cgroupfs: the group is made first and the first process is born in it.
 *
 * systemd: a scope is made around a process that exists, so that it comes second. Where the scope lies is asked from the
 * kernel. Controllers of v1 that systemd does not manage (freezer, cpuset, ...) get a group of the same path from us. What
 * the kernel's files say is written by us as well, since systemd rounds and does not know every limit.
 */

#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/cgroup_member.h"
#include "runtime/systemd_call.h"
#include "runtime/systemd_unit.h"

/* ---- cgroupfs ---- */

/* Who has no rights to the whole hierarchy may have been given the part of it that his own group lies in. That group
 * holds processes and can have no children with limits on v2: the container becomes its neighbour. */
static char *default_path(const struct container *c)
{
	cleanup(cgroup_system_done) struct cgroup_system system = { .items = NULL };
	const struct cgroup_hierarchy *unified = NULL;
	char own[PATH_MAX] = "/";

	if (c->how->cgroups_if_permitted && cgroup_system_read(&system, NULL) == 0)
		unified = cgroup_unified(&system);
	if (unified)
		(void)cgroup_path_of(0, unified, own);
	*strrchr(own, '/') = '\0';
	return str_format("%s/lighter-runtime/%s", own, c->how->id);
}

static int place_path(struct container *c, struct err *e)
{
	const char *path = c->spec->linux_->cgroups_path;

	c->state.cgroup = path && path[0] ? cgroup_path_clean(path) : default_path(c);
	if (!c->state.cgroup)
		return err_nomem(e);
	return cgroup_path_check(c->state.cgroup, e) < 0 ? err_prefix(e, "linux.cgroupsPath") : 0;
}

static int make_group(struct container *c, struct err *e)
{
	return cgroup_claim(&c->cgroups, c->state.cgroup, e);
}

static int remove_group(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
			int64_t deadline, struct err *e)
{
	return cgroup_remove(cgroups, state->cgroup, deadline, e);
}

const struct cgroup_driver cgroup_driver_cgroupfs = {
	.name = "cgroupfs",
	.place = place_path,
	.make = make_group,
	.remove = remove_group,
};

/* ---- none ---- */

static int place_nowhere(struct container *c, struct err *e)
{
	if (!resources_are_limits(c->spec->linux_->resources))
		return 0;
	return err_set(e, ERR_DENIED, "linux.resources: limits need a cgroup of the container's own");
}

static int remove_nothing(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
			  int64_t deadline, struct err *e)
{
	return 0;
}

const struct cgroup_driver cgroup_driver_none = {
	.name = "disabled",
	.place = place_nowhere,
	.remove = remove_nothing,
};

/* ---- systemd ---- */

static struct systemd_caller caller_of(const struct runtime_root *root, const struct state *state)
{
	return (struct systemd_caller){ .started_as = root->started_as, .user = state->user_manager };
}

static int call(const struct runtime_root *root, const struct state *state, struct strv *words, struct err *e)
{
	const struct systemd_caller caller = caller_of(root, state);

	return systemd_call(&caller, words, e);
}

static int begin(struct strv *words, const char *verb, const struct state *state, struct err *e)
{
	return strv_add(words, verb) < 0 || strv_add(words, state->unit) < 0 ? err_nomem(e) : 0;
}

static int place_scope(struct container *c, struct err *e)
{
	cleanup(systemd_unit_done) struct systemd_unit unit = { .name = NULL };

	c->state.user_manager = c->how->systemd_user;
	if (systemd_unit_parse(c->spec->linux_->cgroups_path, c->how->id, c->state.user_manager, &unit, e) < 0)
		return -1;
	c->state.unit = take_ptr(unit.name);
	return 0;
}

/* The kernel knows where systemd has put it; a process that was not moved must not get limits where it is. */
static int find_group(struct container *c, struct err *e)
{
	autofree char *path = NULL;
	int r = cgroup_of_process(&c->cgroups, c->init.pid, &path);

	if (r < 0)
		return err_sys(e, -r, "find the cgroup of unit '%s'", c->state.unit);
	if (!str_ends(path, c->state.unit) || path[strlen(path) - strlen(c->state.unit) - 1] != '/')
		return err_set(e, ERR_INTERNAL, "systemd has not moved process %d to unit '%s': it is in '%.200s'", c->init.pid,
			       c->state.unit, path);
	if (cgroup_path_check(path, e) < 0)
		return -1;
	c->state.cgroup = take_ptr(path);
	return 0;
}

static int make_scope(struct container *c, struct err *e)
{
	cleanup(systemd_unit_done) struct systemd_unit unit = { .name = NULL };
	autostrv struct strv words = STRV_INIT;

	if (systemd_unit_parse(c->spec->linux_->cgroups_path, c->how->id, c->state.user_manager, &unit, e) < 0 ||
	    begin(&words, "start", &c->state, e) < 0 ||
	    systemd_unit_properties(&unit, c->spec, c->how->id, c->init.pid, &c->cgroups, &words, e) < 0)
		return -1;
	return call(c->root, &c->state, &words, e);
}

static int remove_scope(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
			int64_t deadline, struct err *e)
{
	autostrv struct strv words = STRV_INIT;

	if (begin(&words, "stop", state, e) < 0 || call(root, state, &words, e) < 0)
		return -1;
	return state->cgroup ? cgroup_remove(cgroups, state->cgroup, deadline, e) : 0;
}

static int enter_scope(struct container *c, struct err *e)
{
	int r;

	if (make_scope(c, e) < 0)
		return -1;
	r = find_group(c, e);
	if (r == 0 && !cgroup_is_v2_alone(&c->cgroups))
		r = cgroup_create(&c->cgroups, c->state.cgroup, e);
	if (r == 0 && !cgroup_is_v2_alone(&c->cgroups))
		r = cgroup_move_process(&c->cgroups, c->state.cgroup, c->init.pid, e);
	if (r < 0)
		(void)remove_scope(c->root, &c->state, &c->cgroups, clock_boot() + NSEC_PER_SEC, NULL);
	return r;
}

static int attach_scope(const struct runtime_root *root, const struct state *state, pid_t pid, struct err *e)
{
	const char *below = state_process_cgroup(state) + strlen(state->cgroup);
	autostrv struct strv words = STRV_INIT;

	if (begin(&words, "attach", state, e) < 0)
		return -1;
	if (strv_addf(&words, "%d", pid) < 0 || strv_add(&words, below) < 0)
		return err_nomem(e);
	return call(root, state, &words, e);
}

static int update_scope(const struct runtime_root *root, const struct state *state, const struct cgroup_system *cgroups,
			const struct oci_resources *resources, struct err *e)
{
	autostrv struct strv words = STRV_INIT;
	struct systemd_cpu_time now = { 100000, -1 };

	/* Without the controller there is no time to know either. */
	(void)cgroup_cpu_time(cgroups, state->cgroup, &now.quota, &now.period);
	if (begin(&words, "set", state, e) < 0 || systemd_unit_limits(resources, &now, cgroups, &words, e) < 0)
		return -1;
	return words.n == 2 ? 0 : call(root, state, &words, e);
}

const struct cgroup_driver cgroup_driver_systemd = {
	.name = "systemd",
	.place = place_scope,
	.enter = enter_scope,
	.attach = attach_scope,
	.update = update_scope,
	.remove = remove_scope,
};
