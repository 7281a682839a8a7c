/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/running.h"

#include "base/own.h"
#include "linux/rdt.h"
#include "runtime/cgroup_driver.h"
#include "runtime/resources.h"
#include "runtime/state.h"
#include "runtime/stats.h"

struct running {
	int dir;
	const char *id;
	struct state state;
	struct cgroup_system cgroups;
};

#define RUNNING_INIT { .dir = -EBADF }

static void running_done(struct running *r)
{
	own_close(&r->dir);
	state_done(&r->state);
	cgroup_system_done(&r->cgroups);
}

static bool has_cgroup(const struct state *state, struct err *e)
{
	if (!state->cgroup)
		(void)err_set(e, ERR_CONFLICT, "container '%s' has no cgroup of its own", state->id);
	return state->cgroup;
}

static int running_open(struct running *r, struct runtime_root *root, const char *id, struct err *e)
{
	int status;

	r->id = id;
	r->dir = state_open(root, id, e);
	if (r->dir < 0 || state_read(r->dir, id, &r->state, e) < 0)
		return -1;
	status = state_status(r->dir, &r->state, NULL, e);
	if (status < 0)
		return -1;
	if (status != STATE_CREATED && status != STATE_RUNNING)
		return err_set(e, ERR_CONFLICT, "container not running");
	return has_cgroup(&r->state, e) ? cgroup_system_read(&r->cgroups, e) : -1;
}

/* ---- update ---- */

/* The lines, in the order that the specification gives them. */
static int update_rdt(const struct running *r, const struct runtime_update *update, struct err *e)
{
	const struct { const char *line, *resource, *refusal; } rows[] = {
		{ update->l3_cache_schema, "L3", "Intel RDT/CAT: l3 cache schema is not enabled" },
		{ update->mem_bw_schema, "MB", "Intel RDT/MBA: memory bandwidth schema is not enabled" },
	};
	const struct oci_intel_rdt wanted = { .l3_cache_schema = update->l3_cache_schema,
					      .mem_bw_schema = update->mem_bw_schema };
	autofd int root = -EBADF;
	autostrv struct strv lines = STRV_INIT;

	if (!update->l3_cache_schema && !update->mem_bw_schema)
		return 0;
	if (resources_check_rdt(&wanted, e) < 0)
		return -1;
	root = rdt_open(e);
	if (root < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].line && !rdt_has(root, rows[i].resource))
			return err_set(e, ERR_UNSUPPORTED, "%s", rows[i].refusal);
		if (rows[i].line && strv_add(&lines, rows[i].line) < 0)
			return err_nomem(e);
	}
	if (!r->state.rdt.name)
		return err_set(e, ERR_CONFLICT, "updating a non-existent Intel RDT configuration is not supported");
	return rdt_write(root, &r->state.rdt, &lines, e);
}

int runtime_update(struct runtime_root *root, const char *id, const struct runtime_update *update, struct err *e)
{
	cleanup(running_done) struct running r = RUNNING_INIT;
	const struct cgroup_driver *driver;

	if (resources_check(update->resources, e) < 0 || running_open(&r, root, id, e) < 0)
		return -1;
	driver = cgroup_driver_of(&r.state);
	if (resources_update(&r.cgroups, r.state.cgroup, update->resources, &r.state.resources, e) < 0 ||
	    (driver->update && driver->update(root, &r.state, &r.cgroups, update->resources, e) < 0) ||
	    update_rdt(&r, update, e) < 0)
		return -1;
	return state_write(r.dir, &r.state, e);
}

/* ---- pause ---- */

static int set_paused(struct runtime_root *root, const char *id, bool paused, struct err *e)
{
	cleanup(running_done) struct running r = RUNNING_INIT;
	int now;

	if (running_open(&r, root, id, e) < 0)
		return -1;
	now = cgroup_is_frozen(&r.cgroups, r.state.cgroup);
	if (now < 0)
		return err_sys(e, -now, "look at the freezer of container '%s'", id);
	if (now == paused)
		return err_set(e, ERR_CONFLICT, paused ? "container already paused" : "container not paused");
	return cgroup_freeze(&r.cgroups, r.state.cgroup, paused, e);
}

int runtime_pause(struct runtime_root *root, const char *id, struct err *e)
{
	return set_paused(root, id, true, e);
}

int runtime_resume(struct runtime_root *root, const char *id, struct err *e)
{
	return set_paused(root, id, false, e);
}

/* ---- what it does ---- */

int runtime_stats(struct runtime_root *root, const char *id, struct str *to, struct err *e)
{
	cleanup(running_done) struct running r = RUNNING_INIT;
	cleanup(cgroup_stat_done) struct cgroup_stat stat = { .pids.limit = 0 };
	cleanup(rdt_stat_done) struct rdt_stat rdt = { .l3 = false };
	autofd int resctrl = -EBADF;

	if (running_open(&r, root, id, e) < 0 || cgroup_stat_read(&r.cgroups, r.state.cgroup, &stat, e) < 0)
		return -1;
	if (r.state.rdt.name) {
		resctrl = rdt_open(e);
		if (resctrl < 0 || rdt_stat_read(resctrl, &r.state.rdt, id, &rdt, e) < 0)
			return -1;
	}
	stats_write(id, &stat, r.state.rdt.name ? &rdt : NULL, to);
	return to->failed ? err_nomem(e) : 0;
}

int runtime_pids(struct runtime_root *root, const char *id, struct cgroup_pids *ret, struct err *e)
{
	autofd int dir = state_open(root, id, e);
	cleanup(state_done) struct state state = { .pid = 0 };
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	int r;

	/* Also of a stopped one: processes may have outlived the first. */
	if (dir < 0 || state_read(dir, id, &state, e) < 0 || !has_cgroup(&state, e) || cgroup_system_read(&cgroups, e) < 0)
		return -1;
	if (!state.cgroup) {
		*ret = (struct cgroup_pids){ .n = 0 };
		return 0;
	}
	r = cgroup_pids(&cgroups, state.cgroup, ret);
	return r < 0 ? err_sys(e, -r, "list the processes of container '%s'", id) : 0;
}

int runtime_watch_oom(struct runtime_root *root, const char *id, struct cgroup_oom *ret, struct err *e)
{
	cleanup(running_done) struct running r = RUNNING_INIT;

	return running_open(&r, root, id, e) < 0 ? -1 : cgroup_oom_open(&r.cgroups, r.state.cgroup, ret, e);
}
