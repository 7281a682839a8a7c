/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Another process in a running container: a second creation. The parent opens everything while it is outside (groups,
 * namespaces through the pidfd of the first process), the child joins and sets every attribute again.
 */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/affinity.h"
#include "linux/errand.h"
#include "linux/ns.h"
#include "linux/rdt.h"
#include "runtime/annotations.h"
#include "runtime/attributes.h"
#include "runtime/cgroup_driver.h"
#include "runtime/labels.h"
#include "runtime/listener.h"
#include "runtime/config.h"
#include "runtime/exec_cgroup.h"
#include "runtime/process.h"
#include "runtime/seccomp_spec.h"
#include "runtime/validate.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

struct runtime_target {
	const struct runtime_root *root; /* borrowed */
	struct state state;
	struct config config;
	struct proc init;
};

struct exec_child {
	const struct runtime_exec *how;
	const struct runtime_target *target;
	int report; /* the child's end */
	struct exec_cgroup cgroup;
	bool born_outside; /* of the container's cgroup: it waits for a byte until it is there */
	struct oci_process process; /* borrowed: the caller's, completed by the container's own */
	struct proc_self self; /* what the child inherits */
	struct cap_sets capabilities;
	struct seccomp_program seccomp;
	struct listener listener;
	struct labels labels;
	int root;	   /* the container's, if it must be entered */
	bool other_userns; /* the container's is not ours */
	bool by_errand, enters_userns; /* see clone_by_errand */
};

static const struct oci_spec *spec_of(const struct exec_child *x)
{
	return config_spec(&x->target->config);
}

static bool has_new_keyring(const struct exec_child *x)
{
	return !x->target->state.no_new_keyring;
}

/* What the caller leaves open is as the container's own process has it. */
static void complete_process(struct exec_child *x)
{
	const struct oci_process *own = spec_of(x)->process;
	struct oci_process *p = &x->process;

	*p = *x->how->process;
	if (!p->capabilities)
		p->capabilities = own->capabilities;
	if (p->rlimits.n == 0)
		p->rlimits = own->rlimits;
	if (!p->apparmor_profile || !p->apparmor_profile[0])
		p->apparmor_profile = own->apparmor_profile;
	if (!p->selinux_label || !p->selinux_label[0])
		p->selinux_label = own->selinux_label;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = own->oom_score_adj;
	if (!p->user.umask.set)
		p->user.umask = own->user.umask;
	if (!p->scheduler)
		p->scheduler = own->scheduler;
	if (!p->io_priority)
		p->io_priority = own->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = own->exec_cpu_affinity;
}

/* One setns for all; the pid namespace is the parent's business, and a shared one is not in the list. A user namespace
 * that is ours by its path may not be entered again. */
static int join_flags(const struct exec_child *x, const struct oci_spec *spec)
{
	static const enum ns_kind kinds[OCI_NS_TYPES] = {
		[OCI_NS_NETWORK] = NS_NET, [OCI_NS_MOUNT] = NS_MNT, [OCI_NS_IPC] = NS_IPC,	[OCI_NS_UTS] = NS_UTS,
		[OCI_NS_USER] = NS_USER,   [OCI_NS_CGROUP] = NS_CGROUP, [OCI_NS_TIME] = NS_TIME,
	};
	int flags = 0;

	for (size_t i = 0; i < spec->linux_->namespaces.n; i++) {
		int type = spec->linux_->namespaces.items[i].type;

		if (type != OCI_NS_PID && !(type == OCI_NS_USER && !x->other_userns))
			flags |= ns_flag(kinds[type]);
	}
	return flags;
}

/* Not in a mount namespace of its own, the container has its root by chroot: the first process's. */
static bool has_own_root(const struct oci_spec *spec)
{
	const struct oci_namespace *ns = oci_spec_namespace(spec, OCI_NS_MOUNT);

	return ns && (!ns->path || !ns->path[0]);
}

static int look_at_init(struct exec_child *x, const struct oci_spec *spec, struct err *e)
{
	autofd int proc = -EBADF, userns = -EBADF;
	char path[32];

	if (has_own_root(spec) && !oci_spec_namespace(spec, OCI_NS_USER))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d", x->target->init.pid);
	proc = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (oci_spec_namespace(spec, OCI_NS_USER)) {
		userns = ns_open_of(proc, NS_USER);
		if (userns < 0)
			return err_sys(e, -userns, "look at the container's user namespace");
		x->other_userns = !ns_is_own(userns, NS_USER);
	}
	if (has_own_root(spec))
		return 0;
	x->root = path_open(proc, "root", PATH_HOST_MAGIC, O_PATH | O_DIRECTORY, 0);
	return x->root < 0 ? err_sys(e, -x->root, "open the container's root") : 0;
}

/* Without an affinity of its own the process must not have ours; with an initial one alone it is the kernel's. */
static int set_final_cpus(const struct exec_child *x, struct err *e)
{
	const struct oci_cpu_affinity *a = x->process.exec_cpu_affinity;
	struct bitlist cpus;
	int r, given = attributes_cpus(ATTRIBUTES_FINAL, a ? a->final : NULL, &cpus, e);

	if (given < 0 || (given == 0 && a && a->initial && a->initial[0]))
		return given;
	r = given ? affinity_set(0, &cpus) : affinity_all(0);
	return r < 0 ? err_sys(e, -r, ATTRIBUTES_FINAL ": set '%.100s'", given ? a->final : "all") : 0;
}

static int join_groups(const struct exec_child *x, struct err *e)
{
	const struct state *state = &x->target->state;
	int r = cgroup_join_tasks(x->cgroup.tasks, x->cgroup.n_tasks);
	autofd int rdt = -EBADF;

	if (r < 0)
		return err_sys(e, -r, "join the cgroup");
	if (!state->rdt.name)
		return 0;
	rdt = rdt_open(e);
	return rdt < 0 ? -1 : rdt_join(rdt, &state->rdt, state->id, 0, e);
}

/* Still with the host's privileges and the host's /proc, and already in the container's cgroups. */
static int settle_outside(struct exec_child *x, struct err *e)
{
	if (join_groups(x, e) < 0 || process_limits(&x->process, 0, e) < 0)
		return -1;
	if (set_final_cpus(x, e) < 0 || attributes_schedule(&x->process, 0, e) < 0)
		return -1;
	return labels_open(&x->process, has_new_keyring(x), &x->labels, e);
}

static int join(struct exec_child *x, struct err *e)
{
	const struct oci_spec *spec = spec_of(x);
	int flags, r;

	if (settle_outside(x, e) < 0 || look_at_init(x, spec, e) < 0)
		return -1;
	flags = join_flags(x, spec);
	if (flags && setns(x->target->init.pidfd, flags) < 0)
		return err_sys(e, errno, "join the namespaces");
	if (x->root >= 0 && (r = mount_move_root(x->root)) < 0)
		return err_sys(e, -r, "enter the container's root");
	if (setsid() < 0)
		return err_sys(e, errno, "new session");
	if (!x->other_userns && !x->enters_userns)
		return 0;
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(e, errno, "become root of the user namespace");
	return arguments_stay_hidden(e);
}

/* The container may have replaced its /dev/pts: a devpts is what is asked for, by file system, not by name. */
static int make_terminal(struct exec_child *x, struct err *e)
{
	autofd int devpts = path_open(AT_FDCWD, "/dev/pts", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autofd int master = -EBADF, slave = -EBADF;
	int r;

	if (devpts < 0)
		return err_sys(e, -devpts, "a terminal needs a devpts on '/dev/pts'");
	master = terminal_open(devpts, x->process.console_size, &slave, e);
	if (master < 0)
		return -1;
	r = io_send_fds(x->how->console_socket, "/dev/pts/ptmx", strlen("/dev/pts/ptmx"), &master, 1);
	if (r < 0)
		return err_sys(e, -r, "send the terminal to the console socket");
	return terminal_become(slave, e);
}

static int connect_stdio(const struct exec_child *x, struct err *e)
{
	for (int i = 0; i < 3; i++)
		if (x->how->stdio[i] != i && dup3(x->how->stdio[i], i, 0) < 0)
			return err_sys(e, errno, "connect descriptor %d", i);
	return 0;
}

static int become(struct exec_child *x, struct err *e)
{
	autofd int root = -EBADF;
	struct process process;

	if (join(x, e) < 0)
		return -1;
	if ((x->process.terminal ? make_terminal(x, e) : connect_stdio(x, e)) < 0)
		return -1;
	root = path_open(AT_FDCWD, "/", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return err_sys(e, -root, "open the container's root");
	process = (struct process){
		.spec = &x->process,
		.linux_ = spec_of(x)->linux_,
		.capabilities = x->capabilities,
		.self = &x->self,
		.seccomp = &x->seccomp,
		.labels = &x->labels,
		.user = x->how->user,
		.id = x->target->state.id,
		.userns = oci_spec_namespace(spec_of(x), OCI_NS_USER) != NULL,
		.new_keyring = has_new_keyring(x),
		.keep_groups = annotation_is_on(spec_of(x), ANNOTATION_KEEP_GROUPS),
		.own_stdio = x->process.terminal,
		.preserve_fds = x->how->preserve_fds,
		.report = x->report,
		.root = root,
		.in_cwd = str_eq(x->process.cwd, "/"), /* setns leaves us there */
	};
	if (process_settle(&process, e) < 0 || process_confine(&process, e) < 0)
		return -1;
	return process_execute(&process, e);
}

_Noreturn static void child_main(struct exec_child *x)
{
	struct err e = ERR_INIT;
	char byte;

	proc_reset_signals(&x->self);
	if (x->born_outside && io_read_full(x->report, &byte, 1) < 0)
		_exit(1);
	(void)become(x, &e);
	(void)io_write_full(x->report, &e, sizeof(e));
	_exit(1);
}

static pid_t clone_child(struct exec_child *x, struct proc *ret)
{
	bool of_our_parent = x->how->sibling || x->by_errand;
	struct clone_args args = {
		.flags = CLONE_PIDFD | (of_our_parent ? CLONE_PARENT : 0),
		.pidfd = (uint64_t)(uintptr_t)&ret->pidfd,
		.exit_signal = of_our_parent ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (x->cgroup.v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)x->cgroup.v2;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	/* A container that has divided its cgroup (systemd does) can have no process in it: then beside the first one. */
	if (pid < 0 && errno == EBUSY && x->cgroup.v2 >= 0 && !x->cgroup.exact) {
		autofd int beside = cgroup_v2_dir_of(x->target->init.pid);

		args.cgroup = (uint64_t)beside;
		pid = beside < 0 ? -1 : (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		errno = beside < 0 ? -beside : errno;
	}
	/* Between ours and a scope of the user's own systemd may lie a cgroup that is not his: only systemd can move there. */
	if (pid < 0 && errno == EACCES && !x->cgroup.exact && cgroup_driver_of(&x->target->state)->attach) {
		args.flags &= ~CLONE_INTO_CGROUP;
		args.cgroup = 0;
		x->born_outside = true;
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	}
	ret->pid = pid;
	return pid < 0 ? -errno : pid;
}

/* process.execCPUAffinity.initial: what the process has before it is moved to the container's cgroup, so that the clone
 * itself, which may move it, must already have it: from us. */
static pid_t clone_on_cpus(struct exec_child *x, struct proc *ret, struct err *e)
{
	const struct oci_cpu_affinity *a = x->process.exec_cpu_affinity;
	struct bitlist cpus, ours;
	int r = 0, given = attributes_cpus(ATTRIBUTES_INITIAL, a ? a->initial : NULL, &cpus, e);
	pid_t pid;

	if (given < 0)
		return -1;
	if (given) {
		r = affinity_get(0, &ours);
		r = r < 0 ? r : affinity_set(0, &cpus);
	}
	if (r < 0)
		return err_sys(e, -r, ATTRIBUTES_INITIAL ": set '%.100s'", a->initial);
	pid = clone_child(x, ret);
	if (pid != 0 && given)
		(void)affinity_set(0, &ours);
	return pid < 0 ? err_sys(e, -pid, "clone the process") : pid;
}

static bool has_own_pids(const struct exec_child *x)
{
	return oci_spec_namespace(spec_of(x), OCI_NS_PID) != NULL;
}

/* The parent enters the container's pid namespace for the length of one clone. */
static int clone_by_visit(struct exec_child *x, struct proc *ret, struct err *e)
{
	autofd int back = path_open(AT_FDCWD, "/proc/self/ns/pid", PATH_HOST_MAGIC, O_RDONLY, 0);
	pid_t pid;

	if (back < 0)
		return err_sys(e, -back, "open the pid namespace");
	if (has_own_pids(x) && setns(x->target->init.pidfd, CLONE_NEWPID) < 0)
		return err_sys(e, errno, "join the pid namespace");
	pid = clone_on_cpus(x, ret, e);
	if (pid == 0)
		child_main(x);
	if (has_own_pids(x) && setns(back, CLONE_NEWPID) < 0)
		return err_sys(e, errno, "leave the pid namespace");
	return pid < 0 ? -1 : 0;
}

struct guest {
	struct exec_child *x;
	struct proc *ret;
	struct err *e;
};

static int guest_main(void *arg)
{
	const struct guest *g = arg;
	int flags = (g->x->enters_userns ? CLONE_NEWUSER : 0) | (has_own_pids(g->x) ? CLONE_NEWPID : 0);
	pid_t pid;

	if (flags && setns(g->x->target->init.pidfd, flags) < 0)
		return err_sys(g->e, errno, "join the user and pid namespaces");
	pid = clone_on_cpus(g->x, g->ret, g->e);
	if (pid == 0)
		child_main(g->x);
	return pid < 0 ? -1 : 0;
}

/* Whoever is not the machine's root has no right to come back from another pid namespace, and an ordinary user has none
 * to enter it but as part of its user namespace: an errand goes. */
static int clone_by_errand(struct exec_child *x, struct proc *ret, struct err *e)
{
	struct guest guest = { x, ret, e };

	x->by_errand = true;
	x->enters_userns = geteuid() != 0 && oci_spec_namespace(spec_of(x), OCI_NS_USER);
	return errand_try(guest_main, &guest, x->how->sibling, "clone the process", e);
}

static int clone_inside(struct exec_child *x, struct proc *ret, struct err *e)
{
	bool guest = !userns_is_machine_root();
	char *saved;
	int r;

	if (arguments_hide(&x->how->arguments, "lighter-runtime exec", geteuid() != 0, &saved, e) < 0)
		return -1;
	r = guest ? clone_by_errand(x, ret, e) : clone_by_visit(x, ret, e);
	arguments_show(&x->how->arguments, saved);
	return r;
}

static int move_child(const struct exec_child *x, const struct proc *child, int report, struct err *e)
{
	const struct runtime_target *t = x->target;
	int r;

	if (!x->born_outside)
		return 0;
	if (cgroup_driver_of(&t->state)->attach(t->root, &t->state, child->pid, e) < 0)
		return -1;
	r = io_write_full(report, "", 1);
	return r < 0 ? err_sys(e, -r, "let the process begin") : 0;
}

static int exec_in(struct exec_child *x, struct proc *ret, struct err *e)
{
	autoproc struct proc child = PROC_INIT;
	autofd int ours = -EBADF;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "make the socket pair");
	ours = pair[0];
	x->report = pair[1];
	if (clone_inside(x, &child, e) < 0) {
		(void)close(pair[1]);
		return -1;
	}
	(void)close(pair[1]);
	x->listener.pid = child.pid;
	if (move_child(x, &child, ours, e) < 0 || listener_wait_exec(ours, &x->listener, e) < 0) {
		(void)proc_signal(&child, SIGKILL);
		if (!x->how->sibling)
			(void)proc_wait(&child, 0);
		return -1;
	}
	*ret = child;
	child = (struct proc)PROC_INIT;
	return 0;
}

static int open_cgroup(struct exec_child *x, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	const struct state *state = &x->target->state;
	int frozen;

	if (state_read_cgroups(state, &cgroups, e) < 0)
		return -1;
	frozen = x->how->ignore_paused ? 0 : cgroup_is_frozen(&cgroups, state->cgroup);
	if (frozen < 0)
		return err_sys(e, -frozen, "look at the freezer of container '%s'", state->id);
	if (frozen)
		return err_set(e, ERR_CONFLICT, "cannot exec in a paused container (use --ignore-paused to override)");
	return exec_cgroup_open(&cgroups, state, x->how->cgroups, &x->cgroup, e);
}

static int target_fill(struct runtime_target *t, struct runtime_root *root, const char *id, struct err *e)
{
	autodefer;
	autofd int dir = state_open(root, id, e);
	int status;

	if (dir < 0 || state_read(dir, id, &t->state, e) < 0)
		return -1;
	status = state_status(dir, &t->state, &t->init, e);
	if (status < 0)
		return -1;
	if (status != STATE_RUNNING && status != STATE_CREATED)
		return err_set(e, ERR_CONFLICT, "cannot exec in a stopped container");
	return config_read(dir, &t->state, &t->config, e);
}

int runtime_target_open(struct runtime_root *root, const char *id, struct runtime_target **ret, struct err *e)
{
	struct runtime_target *t = calloc(1, sizeof(*t));

	if (!t)
		return err_nomem(e);
	t->root = root;
	t->init = (struct proc)PROC_INIT;
	if (target_fill(t, root, id, e) < 0) {
		runtime_target_free(t);
		return -1;
	}
	*ret = t;
	return 0;
}

static int connect_agent(struct exec_child *x, struct err *e)
{
	if (listener_connect(spec_of(x)->linux_->seccomp, &x->listener, e) < 0)
		return -1;
	x->listener.state = &x->target->state;
	x->listener.status = "running";
	return 0;
}

void runtime_target_free(struct runtime_target *t)
{
	if (!t)
		return;
	state_done(&t->state);
	config_done(&t->config);
	proc_done(&t->init);
	free(t);
}

struct oci_process *runtime_target_process(struct runtime_target *t)
{
	return t->config.from_launch ? t->config.launch.spec.process : t->config.spec.process;
}

static int prepare(struct exec_child *x, struct err *e)
{
	const struct config *config = &x->target->config;
	bool userns = oci_spec_namespace(config_spec(config), OCI_NS_USER) != NULL;

	if (open_cgroup(x, e) < 0)
		return -1;
	complete_process(x);
	if (labels_check(&x->process, e) < 0)
		return -1;
	proc_self_read(&x->self);
	process_capabilities(x->process.capabilities, &x->self, userns, &x->capabilities);
	if (seccomp_spec_compile(config_spec(config), config->from_launch ? &config->launch : NULL,
				 x->capabilities.bounding, &x->seccomp, e) < 0)
		return -1;
	return seccomp_spec_asks(&x->seccomp) ? connect_agent(x, e) : 0;
}

int runtime_exec(struct runtime_target *target, const struct runtime_exec *how, struct proc *ret, struct err *e)
{
	struct exec_child x = { .how = how, .target = target, .cgroup = EXEC_CGROUP_INIT, .listener = LISTENER_NONE,
				.root = -EBADF, .labels = LABELS_INIT };
	autodefer; /* the child's ends by its exec */
	int r = -1;

	if (validate_process(how->process, e) == 0 && prepare(&x, e) == 0)
		r = exec_in(&x, ret, e);
	exec_cgroup_done(&x.cgroup);
	listener_done(&x.listener);
	own_close(&x.root);
	seccomp_program_done(&x.seccomp);
	return r;
}
