/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Creation, the parent's side: a step table from the state directory to the report of the first process. The steps that a
 * restored container has as well are in container.c.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/step.h"
#include "linux/affinity.h"
#include "linux/cgroup_oom.h"
#include "linux/ns.h"
#include "runtime/attributes.h"
#include "runtime/netdevices.h"
#include "runtime/process.h"
#include "runtime/seccomp_spec.h"

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
	if (bind(c->start, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(c->start, SOMAXCONN) < 0)
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
	if (container_run_hooks(c, e) < 0)
		return -1;
	return container_sent(io_send_fds(c->sync[0], "", 1, NULL, 0), "let the first process run its hooks", e);
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

/* Until here it ends with us: what nobody can find must not outlive us. */
static int let_wait(void *context, struct err *e)
{
	struct container *c = context;
	int r = c->how->ret_held ? 0 : io_send_fds(c->sync[0], "", 1, NULL, 0);

	return container_sent(r, "let the first process wait for its start", e);
}

static int write_state(void *context, struct err *e)
{
	return container_record(context, false, e);
}

static const struct step steps[] = {
	{ "validate", container_check, NULL },
	{ "hook output", container_open_hook_output, container_run_poststop },
	{ "state", container_make_state, container_remove_state },
	{ "seccomp", compile_seccomp, NULL },
	{ "cgroup", groups_make, groups_remove },
	{ "namespaces", open_namespaces, NULL },
	{ "sockets", make_sockets, close_sockets },
	{ "clone", clone_step, kill_init },
	{ "scope", groups_enter, groups_leave },
	{ "resctrl", groups_join_rdt, groups_leave_rdt },
	{ "id maps", map_ids, NULL },
	{ "cgroup owner", groups_give, NULL },
	/* The kernel gives them back, or not: see config-linux.md, "Namespace Lifecycle and Container Termination". */
	{ "network devices", move_devices, NULL },
	{ "rootfs", prepare_rootfs, NULL },
	{ "go", send_go, NULL },
	{ "hooks", run_hooks, NULL },
	{ "first process", wait_ready, NULL },
	{ "limits", set_limits, NULL },
	{ "schedule", set_schedule, NULL },
	{ "record", write_state, NULL },
	{ "leave", let_wait, NULL },
	{ "pid file", container_write_pid_file, container_remove_pid_file },
};

const struct step *create_steps(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(steps);
	return steps;
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

int runtime_held_oom_counter(const struct runtime_held *held)
{
	const struct runtime_made *made = held->made;

	return made->state.cgroup ? cgroup_oom_counter(&made->cgroups, made->state.cgroup) : -ENOENT;
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
	if (c.dir >= 0)
		lock_directory_end(c.dir); /* the first process has inherited it */
	if (r == 0) {
		*ret = c.init;
		c.init = (struct proc)PROC_INIT;
		if (made)
			hold(&c, take_ptr(made));
	}
	container_done(&c);
	return r;
}
