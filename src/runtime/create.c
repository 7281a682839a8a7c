/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Creation, the parent's side: a step table from the state directory to the report of the first process. The record is
 * written before anything else exists, so that whatever a killed creation leaves can be found and removed.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/step.h"
#include "base/str.h"
#include "linux/affinity.h"
#include "linux/ns.h"
#include "runtime/attributes.h"
#include "runtime/cgroup_driver.h"
#include "runtime/config.h"
#include "runtime/hooks.h"
#include "runtime/netdevices.h"
#include "runtime/process.h"
#include "runtime/rootless.h"
#include "runtime/seccomp_spec.h"
#include "runtime/validate.h"

static int check_spec(void *context, struct err *e)
{
	struct container *c = context;

	if (state_check_id(c->how->id, e) < 0 || validate_spec(c->spec, e) < 0)
		return -1;
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
static int make_state(void *context, struct err *e)
{
	struct container *c = context;

	if (fill_state(c, e) < 0)
		return -1;
	if (mkdirat(c->root->fd, c->how->id, 0711) < 0)
		return errno == EEXIST ? err_set(e, ERR_CONFLICT, "container with given ID already exists") :
					 err_sys(e, errno, "make the state of '%s'", c->how->id);
	c->dir = state_open(c->root, c->how->id, e);
	if (c->dir < 0 || state_write_first(c->dir, &c->state, e) < 0 ||
	    (c->how->config && config_keep(c->dir, c->how->config, e) < 0)) {
		(void)path_remove_tree(c->root->fd, c->how->id);
		return -1;
	}
	return 0;
}

static void remove_state(void *context)
{
	struct container *c = context;

	(void)path_remove_tree(c->root->fd, c->how->id);
}

static int compile_seccomp(void *context, struct err *e)
{
	struct container *c = context;

	process_capabilities(c->spec->process->capabilities, &c->self, oci_spec_namespace(c->spec, OCI_NS_USER) != NULL,
			     &c->capabilities);
	if (seccomp_spec_compile(c->spec, c->how->launch, c->capabilities.bounding, &c->seccomp, e) < 0)
		return -1;
	c->state.listener = seccomp_spec_asks(&c->seccomp);
	return 0;
}

static int open_namespaces(void *context, struct err *e)
{
	return namespaces_open(context, e);
}

/* start.sock: bound below the state directory through its descriptor, since the path may be too long for sun_path. */
static int make_sockets(void *context, struct err *e)
{
	struct container *c = context;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, c->sync) < 0)
		return err_sys(e, errno, "make the socket pair");
	if (c->how->ret_held)
		return 0;
	c->start = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->start < 0)
		return err_sys(e, errno, "make the start socket");
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", c->dir);
	if (bind(c->start, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(c->start, 1) < 0)
		return err_sys(e, errno, "bind the start socket");
	return 0;
}

static void close_sockets(void *context)
{
	struct container *c = context;

	if (c->start >= 0)
		(void)unlinkat(c->dir, "start.sock", 0);
}

static void kill_init(void *context)
{
	struct container *c = context;

	(void)proc_signal(&c->init, SIGKILL);
	if (!c->how->sibling)
		(void)proc_wait(&c->init, 0);
}

static int clone_step(void *context, struct err *e)
{
	struct container *c = context;

	if (namespaces_clone(c, e) < 0) {
		if (c->init.pid > 0)
			kill_init(c);
		return -1;
	}
	(void)close(take_fd(c->sync[1]));
	return 0;
}

static int map_ids(void *context, struct err *e)
{
	return namespaces_map_ids(context, e);
}

static int set_limits(void *context, struct err *e)
{
	struct container *c = context;
	int r = affinity_all(c->init.pid);

	if (r < 0)
		log_warn("the process keeps our own CPU affinity: %s", strerror(-r));
	return process_limits(c->spec->process, c->init.pid, e);
}

static int move_devices(void *context, struct err *e)
{
	struct container *c = context;
	autofd int own = -EBADF;
	int netns = c->join[OCI_NS_NETWORK];

	if (c->spec->linux_->net_devices.n == 0)
		return 0;
	if (netns < 0)
		netns = own = ns_open_of(container_proc(c), NS_NET);
	return netns < 0 ? err_sys(e, -netns, "open the network namespace") : netdevices_move(c->spec->linux_, netns, e);
}

static int prepare_rootfs(void *context, struct err *e)
{
	struct container *c = context;

	if (rootfs_prepare(c, e) == 0)
		return 0;
	trees_drop(c);
	return -1;
}

static int send_go(void *context, struct err *e)
{
	struct container *c = context;
	int r = trees_send(c, c->sync[0], e);

	trees_drop(c);
	return r;
}

static int read_report(struct container *c, struct err *e)
{
	if (io_read_full(c->sync[0], &c->report, sizeof(c->report)) < 0)
		return err_set(e, ERR_INTERNAL, "the first process died");
	return 0;
}

static int call_hooks(const struct container *c, enum hook_kind kind, struct err *e)
{
	autofd int bundle = path_open(AT_FDCWD, c->state.bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	const struct hook_call call = { .kind = kind, .spec = c->spec, .state = &c->state, .pid = c->init.pid,
					.cwd = bundle < 0 ? 0 : bundle };

	return hooks_run(&call, e);
}

/* An error of the first process is kept for the step that waits for it to be ready. */
static int run_hooks(void *context, struct err *e)
{
	struct container *c = context;

	if (!container_has_hooks(c))
		return 0;
	if (read_report(c, e) < 0)
		return -1;
	if (c->report.error.code != ERR_NONE)
		return 0;
	c->hooks_begun = true;
	if (call_hooks(c, HOOK_PRESTART, e) < 0 || call_hooks(c, HOOK_CREATE_RUNTIME, e) < 0)
		return -1;
	return io_write_full(c->sync[0], "", 1) < 0 ? err_set(e, ERR_INTERNAL, "the first process died") : 0;
}

/* The last that is undone: the container is gone by then (runtime.md, "Lifecycle", steps 12 and 13). */
static int prepare_poststop(void *context, struct err *e)
{
	return 0;
}

static void run_poststop(void *context)
{
	struct container *c = context;
	autofd int bundle = -EBADF;
	struct hook_call call = { .kind = HOOK_POSTSTOP, .spec = c->spec, .state = &c->state };

	if (!c->hooks_begun || !hook_any(c->spec, HOOK_POSTSTOP))
		return;
	bundle = path_open(AT_FDCWD, c->state.bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	call.cwd = bundle < 0 ? 0 : bundle;
	hooks_run_all(&call);
}

static int wait_ready(void *context, struct err *e)
{
	struct container *c = context;

	if (c->report.error.code == ERR_NONE && read_report(c, e) < 0)
		return -1;
	if (c->report.error.code == ERR_NONE)
		return 0;
	if (e)
		*e = c->report.error;
	return -1;
}

/* Before the program runs and after the first process has joined its cgroups. */
static int set_schedule(void *context, struct err *e)
{
	struct container *c = context;

	return attributes_schedule(c->spec->process, c->init.pid, e);
}

static int write_state(void *context, struct err *e)
{
	struct container *c = context;

	c->state.pid = c->init.pid;
	c->state.start_time = state_start_time(c->init.pid);
	return state_write(c->dir, &c->state, e);
}

static int write_pid_file(void *context, struct err *e)
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
	return file_replace(dir, name, text, (size_t)len, 0644, FILE_ATOMIC, e);
}

static void remove_pid_file(void *context)
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

static const struct step steps[] = {
	{ "validate", check_spec, NULL },
	{ "poststop hooks", prepare_poststop, run_poststop },
	{ "state", make_state, remove_state },
	{ "seccomp", compile_seccomp, NULL },
	{ "cgroup", groups_make, groups_remove },
	{ "namespaces", open_namespaces, NULL },
	{ "sockets", make_sockets, close_sockets },
	{ "clone", clone_step, kill_init },
	{ "scope", groups_enter, groups_leave },
	{ "resctrl", groups_join_rdt, groups_leave_rdt },
	{ "id maps", map_ids, NULL },
	/* The kernel gives them back, or not: see config-linux.md, "Namespace Lifecycle and Container Termination". */
	{ "network devices", move_devices, NULL },
	{ "rootfs", prepare_rootfs, NULL },
	{ "go", send_go, NULL },
	{ "hooks", run_hooks, NULL },
	{ "first process", wait_ready, NULL },
	{ "limits", set_limits, NULL },
	{ "schedule", set_schedule, NULL },
	{ "record", write_state, NULL },
	{ "pid file", write_pid_file, remove_pid_file },
};

const struct step *create_steps(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(steps);
	return steps;
}

static void container_init(struct container *c, struct runtime_root *root, const struct runtime_create *how)
{
	static const struct cgroup_driver *const drivers[] = {
		[RUNTIME_CGROUPFS] = &cgroup_driver_cgroupfs,
		[RUNTIME_SYSTEMD] = &cgroup_driver_systemd,
		[RUNTIME_NO_CGROUP] = &cgroup_driver_none,
	};
	const struct oci_linux *l = how->spec->linux_;
	bool unprivileged = geteuid() != 0;

	*c = (struct container){
		.unprivileged = unprivileged,
		.guest = unprivileged || !userns_is_initial(),
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
	};
	proc_self_read(&c->self);
	for (size_t i = 0; i < OCI_NS_TYPES; i++)
		c->join[i] = -EBADF;
	if (!l)
		return;
	c->uids = (struct userns_map){ (const struct userns_extent *)l->uid_mappings.items, l->uid_mappings.n };
	c->gids = (struct userns_map){ (const struct userns_extent *)l->gid_mappings.items, l->gid_mappings.n };
}

static void container_done(struct container *c)
{
	const int fds[] = { c->dir, c->start, c->sync[0], c->sync[1], c->cgroup_v2, c->proc, c->userns };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		own_close(&fds[i]);
	for (size_t i = 0; i < c->n_tasks; i++)
		own_close(&c->tasks[i]);
	namespaces_done(c);
	trees_drop(c);
	seccomp_program_done(&c->seccomp);
	cgroup_system_done(&c->cgroups);
	state_done(&c->state);
	proc_done(&c->init);
}

/* What the creator goes on to need is not given back. */
static void hold(struct container *c, struct runtime_made *made)
{
	*made = (struct runtime_made){ .dir = take_fd(c->dir), .state = c->state, .cgroups = c->cgroups };
	c->state = (struct state){ .pid = 0 };
	c->cgroups = (struct cgroup_system){ .items = NULL };
	*c->how->ret_held = (struct runtime_held){ .start = take_fd(c->sync[0]), .made = made };
}

void runtime_held_done(struct runtime_held *held)
{
	own_close(&held->start);
	if (!held->made)
		return;
	own_close(&held->made->dir);
	state_done(&held->made->state);
	cgroup_system_done(&held->made->cgroups);
	free(take_ptr(held->made));
}

int runtime_create(struct runtime_root *root, const struct runtime_create *how, struct proc *ret, struct err *e)
{
	autodefer;
	autofree struct runtime_made *made = how->ret_held ? malloc(sizeof(*made)) : NULL;
	struct container c;
	int r;

	if (how->ret_held && !made)
		return err_nomem(e);
	container_init(&c, root, how);
	r = step_run("create", steps, ARRAY_SIZE(steps), &c, e);
	if (r == 0) {
		*ret = c.init;
		c.init = (struct proc)PROC_INIT;
		if (made)
			hold(&c, take_ptr(made));
	}
	container_done(&c);
	return r;
}
