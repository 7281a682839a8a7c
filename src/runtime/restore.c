/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoint.h"

/*
 * Restoration has creation's steps for what is ours (record, cgroup, limits, hooks) and criu for the processes. criu is
 * started in the container's cgroup, where its children are born, and in a mount namespace that nobody keeps: there the
 * root is a mount of its own, as criu wants it, and nothing of that appears on the host. The first process becomes a
 * child of ours.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/protobuf.h"
#include "base/step.h"
#include "linux/errand.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "runtime/container.h"
#include "runtime/criu_image.h"
#include "runtime/criu_mounts.h"
#include "runtime/criu_namespaces.h"

/* Descriptors of criu. */
enum { FD_STDIO = CRIU_SOCKET + 1, FD_NAMESPACES = FD_STDIO + 3, FD_FREE = FD_NAMESPACES + 2 };

struct restore {
	struct container c; /* first: the steps of container.c and groups.c get it */
	const struct runtime_restore *how;
	struct criu_image image;
	struct criu_namespaces namespaces;
	int mounts; /* the mount namespace of criu */
	struct criu criu;
	bool got_terminal;
};

static int check(void *context, struct err *e)
{
	struct restore *r = context;

	if (container_check(&r->c, e) < 0)
		return -1;
	return criu_namespaces_check(r->c.spec, e);
}

struct place {
	struct restore *r;
	struct err *e;
};

/* The errand. The directories are opened in the namespace that criu will be in, where it mounts in them. */
static int make_place(void *arg)
{
	const struct place *p = arg;
	struct restore *r = p->r;
	autofd int root = -EBADF, tree = -EBADF;
	int status = unshare(CLONE_NEWNS) < 0 ? -errno : mount_propagation_all(MS_SLAVE);

	if (status < 0)
		return err_sys(p->e, -status, "new mount namespace for criu");
	root = rootfs_open(&r->c, p->e);
	if (root < 0)
		return -1;
	tree = mount_clone(root, "", true);
	status = tree < 0 ? tree : mount_attach(tree, root);
	if (status < 0)
		return err_sys(p->e, -status, "make a mount of root.path '%s'", r->c.spec->root->path);
	r->mounts = ns_open_own(NS_MNT);
	if (r->mounts < 0)
		return err_sys(p->e, -r->mounts, "keep the mount namespace for criu");
	return criu_image_open(&r->image, &r->how->criu, r->c.spec, false, "restore.log", p->e);
}

/* Before anything is made that others can see: what is missing or wrong on the command line. */
static int open_image(void *context, struct err *e)
{
	struct restore *r = context;
	struct place place = { r, e };
	int status = errand_try(make_place, &place, false, "prepare the mounts for criu", e);

	return status < 0 ? -1 : criu_image_pass_stdio(&r->image, FD_STDIO, e);
}

/*
 * A SELinux label is the configuration's: a criu that is built without SELinux has saved none, and would put the processes
 * back under the runtime's own. Told the label, it refuses.
 */
static int add_label(struct restore *r, struct str *to, struct err *e)
{
	const struct oci_process *p = r->c.spec->process;
	bool labelled = !r->how->lsm_profile && p && p->selinux_label && p->selinux_label[0];
	autofree char *label = labelled ? str_format("selinux:%s", p->selinux_label) : NULL;

	if (labelled && !label)
		return err_nomem(e);
	if (label || r->how->lsm_profile)
		protobuf_add_text(to, CRIU_LSM_PROFILE, label ? label : r->how->lsm_profile);
	return 0;
}

static int add_options(void *context, struct err *e)
{
	struct restore *r = context;
	struct str *to = &r->image.options;
	autofd int root = rootfs_open(&r->c, e);

	if (root < 0)
		return -1;
	protobuf_add_text(to, CRIU_ROOT, r->c.state.rootfs);
	protobuf_add_number(to, CRIU_SIBLING, true);
	protobuf_add_number(to, CRIU_EVASIVE_DEVICES, true);
	if (add_label(r, to, e) < 0)
		return -1;
	if (r->how->lsm_mount_context)
		protobuf_add_text(to, CRIU_LSM_MOUNT_CONTEXT, r->how->lsm_mount_context);
	if (criu_namespaces_restore(r->c.spec, FD_NAMESPACES, &r->namespaces, to, e) < 0)
		return -1;
	return criu_mounts_restore(&r->c.state, r->c.spec, &r->c.cgroups, root, to, e);
}

/* Above what is placed in criu for its own use. */
static int lift(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, FD_FREE);

	if (up < 0)
		return -errno;
	(void)close(*fd);
	*fd = up;
	return 0;
}

static int lift_all(struct restore *r)
{
	int status = lift(&r->mounts);

	for (size_t i = 0; i < r->c.n_tasks && status == 0; i++)
		status = lift(&r->c.tasks[i]);
	return status;
}

/* In criu before it is criu. */
static int settle(void *arg)
{
	const struct restore *r = arg;
	int status = cgroup_join_tasks(r->c.tasks, r->c.n_tasks);

	return status < 0 ? status : ns_enter(r->mounts, NS_MNT);
}

static int start_criu(void *context, struct err *e)
{
	struct restore *r = context;
	const int *stdio = r->how->create.stdio;
	/* Once for criu itself and once for the container, because criu may close its own. */
	const int keep[] = { stdio[0], 0, stdio[1], 1, stdio[2], 2, stdio[0], FD_STDIO, stdio[1], FD_STDIO + 1, stdio[2],
			     FD_STDIO + 2, r->namespaces.fds[0], FD_NAMESPACES, r->namespaces.fds[1], FD_NAMESPACES + 1 };
	const struct proc_spawn how = {
		.keep = keep,
		.n_keep = 6 + r->namespaces.n,
		.before = settle,
		.before_arg = r,
		.cgroup = r->c.cgroup_v2 >= 0 ? r->c.cgroup_v2 : 0,
	};

	int status = lift_all(r);

	if (status < 0)
		return err_sys(e, -status, "keep descriptors for criu");
	if (criu_start(r->how->criu.program, &how, &r->criu, e) < 0)
		return -1;
	r->c.init.pid = r->criu.process.pid; /* for a scope to be made around it */
	return 0;
}

static void end_criu(void *context)
{
	struct restore *r = context;

	criu_done(&r->criu);
}

static int add_cgroup_root(const char *controllers, const char *path, void *arg)
{
	criu_add_cgroup_root(arg, controllers, path);
	return 0;
}

/* criu puts what was saved as the root of the cgroups where it is itself. */
static int add_cgroup_roots(struct restore *r, struct err *e)
{
	int status = cgroup_each_of(r->criu.process.pid, add_cgroup_root, &r->image.options);

	return status < 0 ? err_sys(e, -status, "read the cgroups of criu") : 0;
}

static int send_terminal(struct restore *r, int master, struct err *e)
{
	static const char name[] = "/dev/pts/ptmx";
	int status;

	if (r->how->create.console_socket < 0)
		return err_set(e, ERR_INVALID, "the checkpoint has a terminal, but process.terminal is false");
	status = io_send_fds(r->how->create.console_socket, name, strlen(name), &master, 1);
	r->got_terminal = true;
	return status < 0 ? err_sys(e, -status, "send the terminal to the console socket") : 0;
}

static int bring_up_loopback(void *arg)
{
	const int *net = arg;
	int status = ns_enter(*net, NS_NET);

	return status < 0 ? status : ns_loopback_up();
}

/* criu leaves a new network namespace empty; what creation does to it is done here. Then it is the turn of the hooks. */
static int set_up_namespaces(struct restore *r, pid_t pid, struct err *e)
{
	const struct oci_namespace *ns = oci_spec_namespace(r->c.spec, OCI_NS_NETWORK);
	autofd int net = -EBADF;
	int status = 0;

	r->c.init.pid = pid;
	if (ns && !(ns->path && ns->path[0])) {
		status = net = ns_open_of(container_proc(&r->c), NS_NET);
		if (status >= 0)
			status = errand_run(bring_up_loopback, &net, false);
	}
	return status < 0 ? err_sys(e, -status, "bring up the loopback interface") : container_run_hooks(&r->c, e);
}

static int listen_to(void *arg, const struct criu_notice *notice, struct err *e)
{
	struct restore *r = arg;

	if (str_eq(notice->name, "orphan-pts-master") && notice->fd >= 0)
		return send_terminal(r, notice->fd, e);
	return str_eq(notice->name, "setup-namespaces") ? set_up_namespaces(r, notice->pid, e) : 0;
}

static void kill_init(void *context)
{
	struct restore *r = context;

	(void)proc_signal(&r->c.init, SIGKILL);
	(void)proc_wait(&r->c.init, 0);
}

static int restore_processes(void *context, struct err *e)
{
	struct restore *r = context;
	struct proc *init = &r->c.init;

	if (add_cgroup_roots(r, e) < 0)
		return -1;
	if (criu_ask(&r->criu, CRIU_RESTORE, &r->image.options, listen_to, r, &init->pid, e) < 0)
		return r->criu.refused ? criu_image_explain(&r->image, e) : -1;
	init->pidfd = (int)syscall(SYS_pidfd_open, init->pid, 0);
	if (init->pidfd < 0)
		return err_sys(e, errno, "open the restored process %d", init->pid);
	if (r->got_terminal || r->how->create.console_socket < 0)
		return 0;
	kill_init(r);
	return err_set(e, ERR_INVALID, "process.terminal is true, but the checkpoint has no terminal");
}

/* What goes on may have ended already. */
static int write_state(void *context, struct err *e)
{
	return container_record(context, true, e);
}

static const struct step steps[] = {
	{ "validate", check, NULL },
	{ "image", open_image, NULL },
	{ "hook output", container_open_hook_output, container_run_poststop },
	{ "state", container_make_state, container_remove_state },
	{ "cgroup", groups_make, groups_remove },
	{ "options", add_options, NULL },
	{ "criu", start_criu, end_criu },
	{ "scope", groups_enter, groups_leave },
	{ "processes", restore_processes, kill_init },
	{ "resctrl", groups_join_rdt, groups_leave_rdt },
	{ "cgroup owner", groups_give, NULL },
	{ "record", write_state, NULL },
	{ "pid file", container_write_pid_file, container_remove_pid_file },
};

const struct step *restore_steps(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(steps);
	return steps;
}

static void restore_done(struct restore *r)
{
	criu_done(&r->criu);
	criu_namespaces_done(&r->namespaces);
	criu_image_done(&r->image);
	own_close(&r->mounts);
	container_done(&r->c);
}

int runtime_restore(struct runtime_root *root, const struct runtime_restore *how, struct proc *ret, struct err *e)
{
	cleanup(restore_done) struct restore r = { .how = how, .image = CRIU_IMAGE_INIT, .mounts = -EBADF, .criu = CRIU_INIT };

	_Static_assert(offsetof(struct restore, c) == 0, "a step of container.c gets the container");
	container_init(&r.c, root, &how->create);
	if (step_run("restore", steps, ARRAY_SIZE(steps), &r, e) < 0)
		return -1;
	*ret = r.c.init;
	r.c.init = (struct proc)PROC_INIT;
	return 0;
}
