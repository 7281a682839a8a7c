/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What both sides of a creation know. The parent fills it, the first process inherits it by fork and gets the
 * descriptors that were made after the fork over the socket pair. Each part of the work is a file: namespaces.c on both
 * sides; rootfs.c, bind.c and devices.c in the parent; mounts.c, cover.c, terminal.c, process.c in the container.
 */

#include <limits.h>

#include "linux/cap.h"
#include "linux/cgroup.h"
#include "linux/mount_options.h"
#include "linux/seccomp.h"
#include "linux/userns.h"
#include "runtime/hooks.h"
#include "runtime/labels.h"
#include "runtime/runtime.h"
#include "runtime/state.h"

/* What the first process sends: an error, or how far it has come. */
enum init_progress {
	INIT_READY,  /* it waits to be started */
	INIT_MOUNTED, /* it waits for the hooks of the runtime's namespace */
};

struct init_report {
	enum init_progress progress;
	struct err error;
};

struct container {
	struct runtime_root *root;
	const struct runtime_create *how;
	const struct oci_spec *spec;
	const struct cgroup_driver *driver;

	struct state state;
	int dir;    /* the state directory */
	int start;  /* listening socket start.sock */
	int sync[2]; /* the parent's end, the first process's end */

	struct cgroup_system cgroups;
	int tasks[CGROUP_HIERARCHIES];
	size_t n_tasks;
	int cgroup_v2;

	bool unprivileged; /* the caller is an ordinary user: what it may do, it may in the container's user namespace */
	bool guest;	   /* ... or has no rights in the mount namespace that it is in; /dev is made inside */

	int clone_flags;	 /* new namespaces made by clone */
	bool new_ns[OCI_NS_TYPES]; /* the container has its own, as the spec says */
	int join[OCI_NS_TYPES];	 /* descriptors of namespaces to join, -EBADF without */
	bool joined[OCI_NS_TYPES]; /* it is in there already when the first process begins */

	struct userns_map uids, gids; /* n == 0: the caller's user namespace */
	struct userns_map joined_uids, joined_gids; /* owned: what a joined user namespace turned out to have */
	struct proc_self self; /* what the first process inherits */
	struct cap_sets capabilities; /* of the program, cut to what can be granted */
	struct seccomp_program seccomp;
	struct labels labels; /* opened by the first process */
	const char *label; /* of new file systems: linux.mountLabel where SELinux is active; NULL: none */

	struct proc init;
	int proc;   /* see container_proc */
	int userns; /* of the first process, -EBADF if it has the caller's */

	struct init_report report; /* the parent: what the first process said last */
	bool hooks_begun;	   /* a failed creation owes the poststop hooks */
	struct hook_output hook_output;

	/* What the first process gets when everything stands: trees.c hands it over. */
	int root_fd;	 /* the root, detached */
	int place_fd;	 /* where hooks expect the root, in the container's mount namespace; -EBADF: on "/" */
	int dev_fd;	 /* the tmpfs for /dev, detached */
	int nodes_fd;	 /* a detached tmpfs with the nodes of devices that are not on our /dev, by index of devices */
	int offsets_fd;	 /* timens_offsets of the first process */
	int *mount_fds;	 /* by index of spec->mounts; -EBADF: made inside */
	int *file_fds;	 /* by index of launch->files */
	int *device_fds; /* by index of linux.devices, where mknod is not permitted: clones of the host's */

	/* Of the first process alone. */
	int slave;	 /* its terminal */
	int proc_mount, sys_mount; /* what was attached on /proc and /sys */
	int tree_fd;	 /* the finished root, detached, when the container has no mount namespace of its own */
	struct { int *items; size_t n; } late; /* mounts that become read-only when all others stand */
};

static inline bool container_has_userns(const struct container *c)
{
	return c->new_ns[OCI_NS_USER] || c->join[OCI_NS_USER] >= 0;
}

/* The host's id of the container's root. */
uint32_t container_root_uid(const struct container *c);
uint32_t container_root_gid(const struct container *c);

/* Hooks that run before the pivot see the root where runc has it, on its path. */
bool container_has_hooks(const struct container *c);

/* container.c, the parent: the steps that creation (create.c) and restoration (restore.c) have in common. */
void container_init(struct container *c, struct runtime_root *root, const struct runtime_create *how);
void container_done(struct container *c);
int container_check(void *container, struct err *e);
int container_make_state(void *container, struct err *e);
void container_remove_state(void *container);
/* When c->init is known. */
int container_record(struct container *c, bool may_have_ended, struct err *e);
int container_write_pid_file(void *container, struct err *e);
void container_remove_pid_file(void *container);
/* The hooks of the runtime's namespace, prestart and createRuntime: a failure after them owes the poststop hooks. */
int container_run_hooks(struct container *c, struct err *e);
int container_open_hook_output(void *container, struct err *e);
void container_run_poststop(void *container);

/* groups.c, the parent: the steps that make the cgroup, its limits and owner, before the first process exists or around
 * it (cgroup_driver.h), and the resctrl group. */
/* The directory of the group that the container is in: 0 or -errno. */
int groups_find(const struct state *state, const struct cgroup_hierarchy *h, char to[static PATH_MAX]);
int groups_make(void *container, struct err *e);
void groups_remove(void *container);
int groups_enter(void *container, struct err *e);
void groups_leave(void *container);
int groups_give(void *container, struct err *e); /* to the container's user, when his id is known */
int groups_join_rdt(void *container, struct err *e);
void groups_leave_rdt(void *container);

/* What became of a message to the first process, 0 or -errno: that it has died is the error, not the broken pipe. */
int container_sent(int r, const char *doing, struct err *e);

/* /proc/PID of the first process, opened for the first who asks: the descriptor or -errno. */
int container_proc(struct container *c);

/* namespaces.c, the parent: what the spec lists, opened or noted; the first process made in it; its id maps. */
int namespaces_open(struct container *c, struct err *e);
int namespaces_clone(struct container *c, struct err *e); /* init_main in the child */
int namespaces_map_ids(struct container *c, struct err *e);
void namespaces_done(struct container *c);
/* The same inside: what is left to join, the time offsets, the loopback interface, the names. */
int namespaces_join(struct container *c, struct err *e);
int namespaces_enter_time(struct container *c, struct err *e);
int namespaces_set_names(struct container *c, struct err *e);

/* rootfs.c, the parent: everything from root_fd to device_fds. */
void rootfs_choose_label(struct container *c); /* before the first process is made */
int rootfs_prepare(struct container *c, struct err *e);
/* The bundle's own directory by its path: in the mount namespace that the caller is in. */
int rootfs_open(const struct container *c, struct err *e);

/* bind.c, the parent or inside: the detached tree of a bind mount, mapped and with its options; or, for copy-symlink, the link. */
int bind_open(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e);
bool bind_is(const struct oci_mount *m, const struct mount_options *o);
/* True: the container makes it itself, when its turn comes in the list of mounts. */
bool bind_may_wait(const struct container *c, const struct oci_mount *m, const struct mount_options *o);
/* A mount's own maps or the container's: a user namespace for mount_idmap. */
int bind_userns(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e);
/* A source in the container's own root is bound inside, when the mounts before it stand: the path below the root. */
const char *bind_source_in_root(const struct container *c, const struct oci_mount *m);

/* trees.c: from the parent to the first process. */
int trees_send(struct container *c, int sock, struct err *e);
int trees_receive(struct container *c, int sock, struct err *e);
void trees_drop(struct container *c);
int trees_init(struct container *c, struct err *e);

/* devices.c, the parent: a detached tmpfs with the container's devices, links and mount points. */
int devices_make(struct container *c, struct err *e);
/* True: the container makes our /dev itself, when its turn comes in the list of mounts. */
bool devices_may_wait(const struct container *c);
const struct oci_mount *devices_mount(const struct oci_spec *spec); /* the spec's tmpfs on /dev, or NULL */
/* Inside, when all mounts stand: the devices that are not on our /dev. */
int devices_attach(struct container *c, struct err *e);

/* mounts.c, inside. */
int mounts_attach_root(struct container *c, struct err *e);
int mounts_attach_all(struct container *c, struct err *e);
int mounts_finish(struct container *c, struct err *e); /* read-only root, pivot; or tree_fd */
int mounts_enter(struct container *c, struct err *e);  /* tree_fd */
/* "context=LABEL" where the container has a label; 0 or -ENOMEM. */
int mounts_add_label(const struct container *c, struct strv *data);

/* cover.c, inside: masked and read-only paths. */
int cover_paths(struct container *c, struct err *e);

/* cgroup_mount.c, inside: the mounted tree of a mount of type cgroup. */
int cgroup_mount(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e);

/* terminal.c, inside: the pty, /dev/console; sends the master away and keeps the slave. */
int terminal_make(struct container *c, struct err *e);
int terminal_open(int devpts, const struct oci_box *size, int *ret_slave, struct err *e); /* the master */
int terminal_become(int slave, struct err *e); /* controlling terminal and 0, 1, 2 */

/* init.c: the first process; never returns. */
_Noreturn void init_main(struct container *c);
