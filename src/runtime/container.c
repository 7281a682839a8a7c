/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * What creation and restoration have in common: the container in memory, its record and configuration on disk, the
 * hooks of the runtime's namespace, the pid file. The record is written before anything else exists, so that whatever a
 * killed creation leaves can be found and removed.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "runtime/cgroup_driver.h"
#include "runtime/config.h"
#include "runtime/hooks.h"
#include "runtime/rootless.h"
#include "runtime/validate.h"

void container_init(struct container *c, struct runtime_root *root, const struct runtime_create *how)
{
	static const struct cgroup_driver *const drivers[] = {
		[RUNTIME_CGROUPFS] = &cgroup_driver_cgroupfs,
		[RUNTIME_SYSTEMD] = &cgroup_driver_systemd,
		[RUNTIME_NO_CGROUP] = &cgroup_driver_none,
	};
	const struct oci_linux *l = how->spec->linux_;
	bool machine_root = userns_is_machine_root();

	*c = (struct container){
		.unprivileged = !machine_root && geteuid() != 0,
		.guest = !machine_root,
		.root = root,
		.how = how,
		.spec = how->spec,
		.driver = drivers[how->cgroups],
		.dir = -EBADF,
		.start = -EBADF,
		.sync = { -EBADF, -EBADF },
		.cgroup_v2 = -EBADF,
		.init = PROC_INIT,
		.proc = -EBADF,
		.userns = -EBADF,
		.root_fd = -EBADF,
		.place_fd = -EBADF,
		.dev_fd = -EBADF,
		.labels = LABELS_INIT,
		.nodes_fd = -EBADF,
		.offsets_fd = -EBADF,
		.slave = -EBADF,
		.proc_mount = -EBADF,
		.sys_mount = -EBADF,
		.tree_fd = -EBADF,
		.hook_output = HOOK_OUTPUT_NONE,
	};
	proc_self_read(&c->self);
	for (size_t i = 0; i < OCI_NS_TYPES; i++)
		c->join[i] = -EBADF;
	if (!l)
		return;
	c->uids = (struct userns_map){ (const struct userns_extent *)l->uid_mappings.items, l->uid_mappings.n };
	c->gids = (struct userns_map){ (const struct userns_extent *)l->gid_mappings.items, l->gid_mappings.n };
}

void container_done(struct container *c)
{
	const int fds[] = { c->dir, c->start, c->sync[0], c->sync[1], c->cgroup_v2, c->proc, c->userns };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		own_close(&fds[i]);
	for (size_t i = 0; i < c->n_tasks; i++)
		own_close(&c->tasks[i]);
	hook_output_done(&c->hook_output);
	namespaces_done(c);
	trees_drop(c);
	seccomp_program_done(&c->seccomp);
	cgroup_system_done(&c->cgroups);
	state_done(&c->state);
	proc_done(&c->init);
}

int container_check(void *context, struct err *e)
{
	struct container *c = context;

	if (state_check_id(c->how->id, e) < 0 || validate_spec(c->spec, e) < 0)
		return -1;
	if (c->spec->process->absent && c->how->ret_held)
		return err_set(e, ERR_INVALID, "process: missing");
	if (c->unprivileged && rootless_check(c->spec, e) < 0)
		return -1;
	if (c->spec->process->terminal && c->how->console_socket < 0)
		return err_set(e, ERR_INVALID, "process.terminal needs a console socket");
	if (!c->spec->process->terminal && c->how->console_socket >= 0)
		return err_set(e, ERR_INVALID, "a console socket is given but process.terminal is false");
	if (c->how->no_pivot && c->spec->linux_->rootfs_propagation && str_ends(c->spec->linux_->rootfs_propagation, "private"))
		return err_set(e, ERR_INVALID, "rootfsPropagation of [r]private is not safe without pivot_root");
	rootfs_choose_label(c);
	return 0;
}

/* ---- record ---- */

/* Where the root lies, for those who look for it; creation itself opens it by its own descriptor. */
static char *rootfs_of(const struct container *c)
{
	const char *path = c->spec->root->path;

	if (c->how->launch)
		return strdup("");
	return path[0] == '/' ? strdup(path) : str_format("%s/%s", c->how->bundle, path);
}

/* Then the first process's end ends nobody else. */
static bool is_pid_shared(const struct oci_spec *spec)
{
	const struct oci_namespace *ns = oci_spec_namespace(spec, OCI_NS_PID);

	return !ns || (ns->path && ns->path[0]);
}

static int fill_state(struct container *c, struct err *e)
{
	char now[CLOCK_TEXT];

	c->state.oci_version = strdup(c->spec->oci_version);
	c->state.id = strdup(c->how->id);
	c->state.bundle = c->how->launch ? str_format("%s/containers/%s", c->how->launch->run_root, c->how->id) :
					   strdup(c->how->bundle);
	c->state.rootfs = rootfs_of(c);
	c->state.created = strdup(clock_format(clock_wall(), now));
	c->state.shared_pid = is_pid_shared(c->spec);
	c->state.launch = c->how->launch != NULL;
	c->state.hooks = hook_any(c->spec, HOOK_POSTSTART) || hook_any(c->spec, HOOK_POSTSTOP);
	c->state.no_new_keyring = c->how->no_new_keyring;
	if (!c->state.oci_version || !c->state.id || !c->state.bundle || !c->state.rootfs ||
	    !c->state.created ||
	    strv_copy(&c->state.annotations.pairs, &c->spec->annotations.pairs) < 0)
		return err_nomem(e);
	return c->driver->place(c, e);
}

/* mkdir decides between two creators of one id. */
int container_make_state(void *context, struct err *e)
{
	struct container *c = context;

	if (fill_state(c, e) < 0)
		return -1;
	if (mkdirat(c->root->fd, c->how->id, 0711) < 0)
		return errno == EEXIST ? err_set(e, ERR_CONFLICT, "container with given ID already exists") :
					 err_sys(e, errno, "make the state of '%s'", c->how->id);
	c->dir = state_open(c->root, c->how->id, e);
	if (c->dir < 0 || state_lock(c->dir, c->how->id, true, e) < 0) {
		(void)unlinkat(c->root->fd, c->how->id, AT_REMOVEDIR);
		return -1;
	}
	if (state_write_first(c->dir, &c->state, e) == 0 &&
	    (!c->how->config || config_keep(c->dir, c->how->config, e) == 0))
		return 0;
	/* The name may be another container's by now. */
	if (state_is_removed(c->dir))
		return err_set(e, ERR_CONFLICT, "container '%s' was deleted while it was created", c->how->id);
	(void)path_remove_tree(c->root->fd, c->how->id);
	return -1;
}

void container_remove_state(void *context)
{
	struct container *c = context;

	(void)path_remove_tree(c->root->fd, c->how->id);
}

int container_record(struct container *c, bool may_have_ended, struct err *e)
{
	int r = state_start_time(c->init.pid, &c->state.start_time);

	if (r < 0 && !(r == -ESRCH && may_have_ended))
		return err_sys(e, -r, "look at the first process");
	c->state.pid = c->init.pid;
	return state_write(c->dir, &c->state, e);
}

int container_sent(int r, const char *doing, struct err *e)
{
	if (r == -EPIPE || r == -ECONNRESET)
		return err_set(e, ERR_INTERNAL, "the first process died");
	return r < 0 ? err_sys(e, -r, "%s", doing) : 0;
}

/* ---- hooks ---- */

static int call_hooks(const struct container *c, enum hook_kind kind, struct err *e)
{
	autofd int bundle = path_open(AT_FDCWD, c->state.bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	const struct hook_call call = { .kind = kind, .spec = c->spec, .state = &c->state, .pid = c->init.pid,
					.cwd = bundle < 0 ? 0 : bundle, .output = &c->hook_output };

	return hooks_run(&call, e);
}

int container_run_hooks(struct container *c, struct err *e)
{
	c->hooks_begun = true;
	return call_hooks(c, HOOK_PRESTART, e) < 0 ? -1 : call_hooks(c, HOOK_CREATE_RUNTIME, e);
}

int container_open_hook_output(void *context, struct err *e)
{
	struct container *c = context;

	return c->spec->hooks ? hook_output_open(c->spec, &c->hook_output, e) : 0;
}

/* The last that is undone: the container is gone by then (runtime.md, "Lifecycle", steps 12 and 13). */
void container_run_poststop(void *context)
{
	struct container *c = context;
	autofd int bundle = -EBADF;
	struct hook_call call = { .kind = HOOK_POSTSTOP, .spec = c->spec, .state = &c->state,
				  .output = &c->hook_output };

	if (!c->hooks_begun || !hook_any(c->spec, HOOK_POSTSTOP))
		return;
	bundle = path_open(AT_FDCWD, c->state.bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	call.cwd = bundle < 0 ? 0 : bundle;
	hooks_run_all(&call);
}

/* ---- pid file ---- */

int container_write_pid_file(void *context, struct err *e)
{
	struct container *c = context;
	autofd int dir = -EBADF;
	const char *name;
	char text[16];
	int len;

	if (!c->how->pid_file)
		return 0;
	dir = path_open_parent(AT_FDCWD, c->how->pid_file, PATH_HOST, &name);
	if (dir < 0)
		return err_sys(e, -dir, "open the directory of pid file '%s'", c->how->pid_file);
	len = snprintf(text, sizeof(text), "%d", c->init.pid);
	return file_place(dir, name, text, (size_t)len, 0644, e);
}

void container_remove_pid_file(void *context)
{
	struct container *c = context;
	autofd int dir = -EBADF;
	const char *name;

	if (!c->how->pid_file)
		return;
	dir = path_open_parent(AT_FDCWD, c->how->pid_file, PATH_HOST, &name);
	if (dir >= 0)
		(void)unlinkat(dir, name, 0);
}
