/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The groups that hold a container: its cgroup with limits and device rules, and its resctrl group.
 *
 * The first process usually lives in the cgroup itself. The annotation run.oci.delegate-cgroup (crun's) puts it into one
 * below, which the container may then divide as it likes while the limits stay above it.
 */

#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/cgroup_member.h"
#include "linux/rdt.h"
#include "runtime/annotations.h"
#include "runtime/cgroup_driver.h"
#include "runtime/resources.h"

int groups_find(const struct state *state, const struct cgroup_hierarchy *h, char to[static PATH_MAX])
{
	char own[PATH_MAX];
	int r = state->cgroup ? 0 : cgroup_path_of(0, h, own);

	if (r == 0)
		(void)cgroup_file(h, state->cgroup ? state->cgroup : own, NULL, to);
	return r;
}

/* config-linux.md, "Cgroup ownership": a cgroup namespace of its own, and its file system mounted to be written. */
static bool is_owner_to_change(const struct container *c)
{
	const struct oci_namespace *ns = oci_spec_namespace(c->spec, OCI_NS_CGROUP);

	if (!cgroup_is_v2_alone(&c->cgroups) || !ns || (ns->path && ns->path[0]))
		return false;
	for (size_t i = 0; i < c->spec->mounts.n; i++) {
		const struct oci_mount *m = &c->spec->mounts.items[i];

		if (m->source && str_eq(m->source, "cgroup") && str_eq(m->destination, "/sys/fs/cgroup") &&
		    !strv_contains(&m->options, "ro"))
			return true;
	}
	return false;
}

/* An ordinary user can give his group to himself alone; to whom else he maps his ids it stays his. */
int groups_give(void *context, struct err *e)
{
	const struct container *c = context;
	uint32_t owner = c->spec->process->user.uid;
	struct err why = ERR_INIT;

	if ((!c->driver->make && !c->driver->enter) || !is_owner_to_change(c))
		return 0;
	if (container_has_userns(c) && !userns_outside(&c->uids, owner, &owner))
		return err_set(e, ERR_INVALID, "process.user.uid: %u is not in linux.uidMappings", owner);
	if (owner == 0 || cgroup_delegate(&c->cgroups, state_process_cgroup(&c->state), owner, &why) == 0 ||
	    (c->unprivileged && why.number == EPERM))
		return 0;
	if (e)
		*e = why;
	return -1;
}

static int make_delegate(struct container *c, struct err *e)
{
	const char *name = annotation_get(c->spec, ANNOTATION_DELEGATE_CGROUP);
	autofree char *below = name && name[0] ? cgroup_path_clean(name) : NULL;

	if (!name || !name[0])
		return 0;
	if (!below)
		return err_nomem(e);
	if (!cgroup_is_v2_alone(&c->cgroups))
		return err_set(e, ERR_UNSUPPORTED, "annotations." ANNOTATION_DELEGATE_CGROUP ": '%.200s': a cgroup v1 cannot be "
			       "delegated", name);
	c->state.process_cgroup = str_format("%s%s", c->state.cgroup, below);
	if (!c->state.process_cgroup)
		return err_nomem(e);
	return cgroup_create(&c->cgroups, c->state.process_cgroup, e);
}

static int fill_cgroup(struct container *c, struct err *e)
{
	return resources_apply(&c->cgroups, c->state.cgroup, c->cgroup_v2, c->spec->linux_->resources, &c->state.resources,
			       e) < 0 || make_delegate(c, e) < 0 ? -1 : 0;
}

static void remove_cgroup(struct container *c, int64_t deadline)
{
	if (c->state.cgroup)
		(void)cgroup_kill(&c->cgroups, c->state.cgroup, NULL);
	(void)c->driver->remove(c->root, &c->state, &c->cgroups, deadline, NULL);
}

/* The group that the first process is to be in. */
static int open_v2(struct container *c, struct err *e)
{
	const char *path = state_process_cgroup(&c->state);

	own_close(&c->cgroup_v2);
	c->cgroup_v2 = cgroup_v2_dir(&c->cgroups, path);
	return c->cgroup_v2 < 0 && cgroup_unified(&c->cgroups) ? err_sys(e, -c->cgroup_v2, "open cgroup '%s'", path) : 0;
}

static int make_cgroup(struct container *c, struct err *e)
{
	if (c->driver->make(c, e) < 0)
		return -1;
	if (open_v2(c, e) == 0 && fill_cgroup(c, e) == 0 && (!c->state.process_cgroup || open_v2(c, e) == 0) &&
	    cgroup_open_tasks(&c->cgroups, c->state.cgroup, c->tasks, &c->n_tasks, e) == 0)
		return 0;
	own_close(&c->cgroup_v2);
	c->cgroup_v2 = -EBADF; /* whoever does without it is in ours */
	remove_cgroup(c, clock_boot());
	return -1;
}

/* As runc: nobody is refused a container because of a cgroup that was not asked for. */
static bool can_do_without(const struct container *c, const struct err *why)
{
	const char *path = c->spec->linux_->cgroups_path;

	return c->how->cgroups_if_permitted && (!path || !path[0]) &&
	       (why->number == EPERM || why->number == EACCES || why->number == EROFS);
}

static int do_without(struct container *c, const struct err *why, struct err *e)
{
	free(take_ptr(c->state.cgroup));
	free(take_ptr(c->state.process_cgroup));
	c->driver = &cgroup_driver_none;
	return c->driver->place(c, e) < 0 ? err_prefix(e, "%s", why->text) : 0;
}

int groups_make(void *context, struct err *e)
{
	struct container *c = context;
	struct err why = ERR_INIT;

	if (cgroup_system_read(&c->cgroups, e) < 0)
		return -1;
	if (!c->driver->make)
		return 0;
	if (make_cgroup(c, &why) < 0) {
		if (can_do_without(c, &why))
			return do_without(c, &why, e);
		if (e)
			*e = why;
		return -1;
	}
	return 0;
}

void groups_remove(void *context)
{
	struct container *c = context;

	if (c->driver->make)
		remove_cgroup(c, clock_boot() + 5 * NSEC_PER_SEC);
}

/* What the driver has made around the first process, which may have to go down into a group below. */
static int fill_around(struct container *c, struct err *e)
{
	if (fill_cgroup(c, e) < 0)
		return -1;
	return c->state.process_cgroup ? cgroup_move_process(&c->cgroups, c->state.process_cgroup, c->init.pid, e) : 0;
}

int groups_enter(void *context, struct err *e)
{
	struct container *c = context;

	if (!c->driver->enter)
		return 0;
	if (c->driver->enter(c, e) < 0)
		return -1;
	/* Into the record at once, for whoever has to clean up after us. */
	if (state_write(c->dir, &c->state, e) == 0 && fill_around(c, e) == 0)
		return 0;
	remove_cgroup(c, clock_boot() + NSEC_PER_SEC);
	return -1;
}

void groups_leave(void *context)
{
	struct container *c = context;

	if (c->driver->enter)
		remove_cgroup(c, clock_boot() + 5 * NSEC_PER_SEC);
}

/* ---- resctrl ---- */

/* In the order in which the specification wants them written. */
static int collect_schemata(const struct oci_intel_rdt *r, struct strv *to, struct err *e)
{
	const char *const first[] = { r->l3_cache_schema, r->mem_bw_schema };

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		if (first[i] && first[i][0] && strv_add(to, first[i]) < 0)
			return err_nomem(e);
	return strv_copy(to, &r->schemata) < 0 ? err_nomem(e) : 0;
}

int groups_join_rdt(void *context, struct err *e)
{
	struct container *c = context;
	const struct oci_intel_rdt *r = c->spec->linux_->intel_rdt;
	autostrv struct strv schemata = STRV_INIT;
	struct rdt_config config = { .id = c->how->id };
	autofd int root = -EBADF;

	if (!r)
		return 0;
	config.group = r->clos_id && r->clos_id[0] ? r->clos_id : NULL;
	config.monitor = r->enable_monitoring || r->enable_cmt || r->enable_mbm;
	root = rdt_open(e);
	if (root < 0 || collect_schemata(r, &schemata, e) < 0)
		return -1;
	config.schemata = schemata;
	if (rdt_make(root, &config, &c->state.rdt, e) < 0)
		return -1;
	/* Into the record at once, for whoever has to clean up after us. */
	if (state_write(c->dir, &c->state, e) == 0 && rdt_join(root, &c->state.rdt, c->how->id, c->init.pid, e) == 0)
		return 0;
	(void)rdt_remove(root, &c->state.rdt, c->how->id, NULL);
	return -1;
}

void groups_leave_rdt(void *context)
{
	struct container *c = context;

	(void)state_remove_rdt(&c->state, NULL);
}
