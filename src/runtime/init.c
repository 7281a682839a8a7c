/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The container's first process. It waits for the parent's go, builds its world by the step table, reports ready, waits
 * to be started, and becomes the user's program. Its errors travel as struct err: to the parent until it is ready, then
 * to whoever starts it. If the parent goes away before the report, it ends. Nothing is undone here: what a failed first
 * process has made dies with its namespaces.
 */

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/step.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "runtime/annotations.h"
#include "runtime/hooks.h"
#include "runtime/process.h"
#include "runtime/sysctl.h"

static int wait_for_go(void *context, struct err *e)
{
	struct container *c = context;

	return trees_receive(c, c->sync[1], e);
}

static int become_root(void *context, struct err *e)
{
	struct container *c = context;

	if (setsid() < 0)
		return err_sys(e, errno, "new session");
	if (!container_has_userns(c))
		return 0;
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(e, errno, "become root of the user namespace");
	/* The change of ids has made us dumpable again. */
	return arguments_stay_hidden(e);
}

static int join_cgroups(void *context, struct err *e)
{
	struct container *c = context;
	int r = cgroup_join_tasks(c->tasks, c->n_tasks);

	if (r < 0)
		return err_sys(e, -r, "join cgroup '%s'", c->state.cgroup);
	/* Its root is the group that the process is in at this moment. */
	if (c->new_ns[OCI_NS_CGROUP] && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, errno, "new cgroup namespace");
	return 0;
}

static int join_namespaces(void *context, struct err *e)
{
	return namespaces_join(context, e);
}

static int enter_time(void *context, struct err *e)
{
	return namespaces_enter_time(context, e);
}

/* /proc is the runtime's own until the root is left. */
static int open_labels(void *context, struct err *e)
{
	struct container *c = context;

	return labels_open(c->spec->process, !c->how->no_new_keyring, &c->labels, e);
}

static int set_up_network(void *context, struct err *e)
{
	struct container *c = context;
	int r = c->new_ns[OCI_NS_NETWORK] ? ns_loopback_up() : 0;

	return r < 0 ? err_sys(e, -r, "bring up the loopback interface") : 0;
}

static int set_names(void *context, struct err *e)
{
	return namespaces_set_names(context, e);
}

static int attach_root(void *context, struct err *e)
{
	return mounts_attach_root(context, e);
}

static int attach_mounts(void *context, struct err *e)
{
	return mounts_attach_all(context, e);
}

static int make_terminal(void *context, struct err *e)
{
	struct container *c = context;

	return c->spec->process->terminal ? terminal_make(c, e) : 0;
}

bool container_has_hooks(const struct container *c)
{
	return hook_any(c->spec, HOOK_PRESTART) || hook_any(c->spec, HOOK_CREATE_RUNTIME) ||
	       hook_any(c->spec, HOOK_CREATE_CONTAINER);
}

/* The parent runs those of the runtime's namespace, which may change what we have mounted; then we run ours. */
static int run_hooks(void *context, struct err *e)
{
	struct container *c = context;
	const struct init_report mounted = { .progress = INIT_MOUNTED };
	const struct hook_call call = { .kind = HOOK_CREATE_CONTAINER, .spec = c->spec, .state = &c->state,
					.pid = c->init.pid, .cwd = c->root_fd, .output = &c->hook_output };
	char byte;

	if (!container_has_hooks(c))
		return 0;
	(void)umask(022);
	if (io_write_full(c->sync[1], &mounted, sizeof(mounted)) < 0 || io_read_full(c->sync[1], &byte, 1) < 0)
		return err_set(e, ERR_CANCELLED, "the runtime went away");
	return hooks_run(&call, e);
}

static int set_sysctls(void *context, struct err *e)
{
	const struct container *c = context;

	return sysctl_apply(c->spec->linux_, e);
}

static int cover(void *context, struct err *e)
{
	return cover_paths(context, e);
}

static int leave_host(void *context, struct err *e)
{
	return mounts_finish(context, e);
}

/* Nothing to do where the mounts were made in the container's own mount namespace. */
static int enter_root(void *context, struct err *e)
{
	struct container *c = context;

	return c->tree_fd >= 0 ? mounts_enter(c, e) : 0;
}

static int connect_stdio(void *context, struct err *e)
{
	struct container *c = context;

	if (c->spec->process->terminal)
		return terminal_become(c->slave, e);
	for (int i = 0; i < 3; i++)
		if (c->how->stdio[i] != i && dup3(c->how->stdio[i], i, 0) < 0)
			return err_sys(e, errno, "connect descriptor %d", i);
	return 0;
}

static const struct step steps[] = {
	{ "go", wait_for_go, NULL },
	{ "root", become_root, NULL },
	{ "cgroup", join_cgroups, NULL },
	{ "labels", open_labels, NULL },
	{ "namespaces", join_namespaces, NULL },
	{ "time", enter_time, NULL },
	{ "network", set_up_network, NULL },
	{ "hostname", set_names, NULL },
	/* In a mount namespace that is the container's, or nobody's. */
	{ "rootfs", attach_root, NULL },
	{ "mounts", attach_mounts, NULL },
	{ "hooks", run_hooks, NULL },
	{ "sysctl", set_sysctls, NULL },
	{ "terminal", make_terminal, NULL },
	{ "paths", cover, NULL },
	{ "pivot", leave_host, NULL },
	/* In the mount namespace that the container is in. */
	{ "enter", enter_root, NULL },
	{ "stdio", connect_stdio, NULL },
};

const struct step *init_steps(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(steps);
	return steps;
}

static size_t index_of(int (*run)(void *context, struct err *e))
{
	size_t i = 0;

	while (steps[i].run != run)
		i++;
	return i;
}

static int run_part(size_t from, size_t to, struct container *c, struct err *e)
{
	return step_run("init", steps + from, to - from, c, e);
}

struct building {
	struct container *c;
	struct err *e;
};

/* The errand: its mount namespace ends with it. */
static int build_elsewhere(void *arg)
{
	const struct building *b = arg;

	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(b->e, errno, "new mount namespace for the mounts");
	return run_part(index_of(attach_root), index_of(enter_root), b->c, b->e);
}

static int run_steps(struct container *c, struct err *e)
{
	struct building building = { c, e };
	size_t mounts = index_of(attach_root), after = index_of(enter_root);
	int r;

	if (run_part(0, mounts, c, e) < 0)
		return -1;
	r = c->new_ns[OCI_NS_MOUNT] ? run_part(mounts, after, c, e) :
				      errand_try(build_elsewhere, &building, false, "make the mounts", e);
	return r < 0 ? -1 : run_part(after, ARRAY_SIZE(steps), c, e);
}

/* The first connection that brings a byte; one that was only made is somebody's look, or a start that was killed.
 * Whatever is short meanwhile, nobody but a start can be told. */
static int accept_start(int start)
{
	char byte;

	for (;;) {
		int fd = accept4(start, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && io_read_full(fd, &byte, 1) == 0)
			return fd;
		if (fd >= 0)
			(void)close(fd);
		else
			(void)poll(NULL, 0, 1);
	}
}

/* Until there is one, or nobody left to send it; as above, an error could be told to nobody. */
static int read_byte(int from)
{
	char byte;
	int r;

	while ((r = io_read_full(from, &byte, 1)) < 0 && r != -ENODATA && r != -ECONNRESET)
		(void)poll(NULL, 0, 1);
	return r;
}

/* The creator's byte says that our pid is in the record, or that this is the start. Then one connection is: what fails
 * from here on is told to its other end, and exec closes it. */
static int wait_for_start(const struct container *c, int report)
{
	if (read_byte(report) < 0)
		return -ECANCELED;
	if (c->how->ret_held)
		return report;
	(void)close(report);
	(void)close(c->dir); /* and with it the lock, which the creator may have been killed with */
	return accept_start(c->start);
}

static struct process own_process(struct container *c, int root)
{
	return (struct process){
		.spec = c->spec->process,
		.linux_ = c->spec->linux_,
		.capabilities = c->capabilities,
		.self = &c->self,
		.seccomp = &c->seccomp,
		.labels = &c->labels,
		.user = c->how->launch && c->how->launch->user ? c->how->launch->user : NULL,
		.id = c->how->id,
		.userns = container_has_userns(c),
		.create_cwd = c->how->launch && c->how->launch->create_cwd,
		.new_keyring = !c->how->no_new_keyring,
		.keep_groups = annotation_is_on(c->spec, ANNOTATION_KEEP_GROUPS),
		.own_stdio = true,
		/* Where creation is the start as well, and in lighter's own containers, the exec itself tells. */
		.find_program = !c->how->launch && !c->how->ret_held && !c->spec->process->absent,
		.preserve_fds = c->how->preserve_fds,
		.report = -EBADF,
		.root = root,
		.in_cwd = str_eq(c->spec->process->cwd, "/"),
	};
}

static int confine(void *arg)
{
	struct process *p = arg;
	struct err e = ERR_INIT;

	return process_confine(p, &e) < 0 ? -(e.number ? e.number : EPERM) : 0;
}

/* A hook whose file lies in the container gets no more rights than the container's program, and its environment. */
static int run_start_hooks(const struct container *c, struct process *p, struct err *e)
{
	const struct hook_call call = { .kind = HOOK_START_CONTAINER, .spec = c->spec, .state = &c->state, .pid = c->init.pid,
					.envp = p->env.items, .confine = confine, .arg = p,
					.output = &c->hook_output };

	return hooks_run(&call, e);
}

/* Everything up to the report. */
static int prepare(struct container *c, struct process *ret, struct err *e)
{
	if (run_steps(c, e) < 0)
		return -1;
	/* The working directory is that, too. */
	*ret = own_process(c, c->tree_fd >= 0 ? c->tree_fd : c->root_fd);
	return process_settle(ret, e);
}

/* The program of the specification's authors wants a start that succeeds, and the specification an error: it is the
 * container that fails, where its output goes (crun). */
static void say_that_nothing_starts(void)
{
	static const char said[] = "lighter-runtime: process: missing: there is nothing to start\n";

	(void)io_write_full(STDERR_FILENO, said, strlen(said));
}

static void start(const struct container *c, struct process *p, int starter, struct err *e)
{
	if (run_start_hooks(c, p, e) < 0)
		return;
	p->report = starter;
	if (process_confine(p, e) == 0)
		(void)process_execute(p, e);
}

/* Then the exec closes what is left, and until then nothing more is opened. */
static bool starts_at_once(const struct container *c)
{
	return c->how->ret_held && !hook_any(c->spec, HOOK_START_CONTAINER) && !c->state.listener;
}

_Noreturn void init_main(struct container *c)
{
	struct init_report report = { .progress = INIT_READY };
	struct err e = ERR_INIT;
	struct process process;
	int starter;

	(void)close(c->sync[0]);
	if (container_has_hooks(c) || hook_any(c->spec, HOOK_START_CONTAINER))
		c->init.pid = getpid(); /* an errand has another one */
	proc_reset_signals(&c->self);
	(void)prepare(c, &process, &report.error);
	if (!starts_at_once(c))
		own_defer_end(); /* begun by the creator */
	if (io_write_full(c->sync[1], &report, sizeof(report)) < 0 || report.error.code != ERR_NONE)
		_exit(1);
	starter = wait_for_start(c, c->sync[1]);
	if (starter >= 0 && process.spec->absent) {
		say_that_nothing_starts();
	} else if (starter >= 0) {
		start(c, &process, starter, &e);
		(void)io_write_full(starter, &e, sizeof(e));
	}
	_exit(1);
}
