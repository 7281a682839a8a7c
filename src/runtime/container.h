/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What both sides of a creation know. The parent fills it, the first process inherits it by fork and gets the
 * descriptors that were made after the fork over the socket pair. Each part of the work is a file: rootfs.c and
 * devices.c in the parent; mounts.c, terminal.c, process.c in the container.
 */

#include <limits.h>

#include "linux/cap.h"
#include "linux/cgroup.h"
#include "linux/seccomp.h"
#include "linux/userns.h"
#include "runtime/labels.h"
#include "runtime/runtime.h"
#include "runtime/state.h"

enum { CONTAINER_FDS_MAX = 60 /* trees that one message can carry */ };

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

	struct state state;
	int dir;    /* the state directory */
	int start;  /* listening socket start.sock */
	int sync[2]; /* the parent's end, the first process's end */

	struct cgroup_system cgroups;
	int tasks[CGROUP_HIERARCHIES];
	size_t n_tasks;
	int cgroup_v2;

	int clone_flags;	 /* new namespaces made by clone */
	bool new_ns[OCI_NS_TYPES]; /* the container has its own, as the spec says */
	int join[OCI_NS_TYPES];	 /* descriptors of namespaces to join, -EBADF without */

	struct userns_map uids, gids; /* n == 0: the caller's user namespace */
	struct cap_sets capabilities; /* of the program, cut to what can be granted */
	struct seccomp_program seccomp;
	struct labels labels; /* opened by the first process */

	struct proc init;
	int proc;   /* /proc/PID of the first process */
	int userns; /* of the first process, -EBADF without a new one */

	/* Detached trees for the first process: the root, /dev, then one for each mount or file that needs the parent. */
	int root_fd, dev_fd;
	int *mount_fds; /* by index of spec->mounts; -EBADF: made inside */
	int *file_fds;	/* by index of launch->files */
	struct init_report report; /* the parent: what the first process said last */
	bool hooks_begun;	   /* a failed creation owes the poststop hooks */

	int host_null;	/* an O_PATH descriptor of our own /dev/null */
};

static inline bool container_has_userns(const struct container *c)
{
	return c->uids.n > 0;
}

/* The host's id of the container's root. */
uint32_t container_root_uid(const struct container *c);
uint32_t container_root_gid(const struct container *c);

/* Hooks that run before the pivot see the root where runc has it, on its path. */
bool container_has_hooks(const struct container *c);

/* groups.c, the parent: where the cgroup is to be; the steps that make it, its limits and owner, and the resctrl group. */
char *groups_path(const struct container *c);
int groups_make(void *container, struct err *e);
void groups_remove(void *container);
int groups_join_rdt(void *container, struct err *e);
void groups_leave_rdt(void *container);

/* rootfs.c, the parent: root_fd, dev_fd, mount_fds, file_fds. */
int rootfs_prepare(struct container *c, struct err *e);
void rootfs_drop(struct container *c);

/* devices.c, the parent: a detached tmpfs with the container's devices, links and mount points. */
int devices_make(struct container *c, struct err *e);
const struct oci_mount *devices_mount(const struct oci_spec *spec); /* the spec's tmpfs on /dev, or NULL */

/* mounts.c, inside. */
int mounts_attach_root(struct container *c, struct err *e);
int mounts_attach_all(struct container *c, struct err *e);
int mounts_cover(struct container *c, struct err *e); /* masked and read-only paths */
int mounts_finish(struct container *c, struct err *e); /* read-only root, pivot */

/* terminal.c, inside: the pty, /dev/console, descriptors 0 to 2; sends the master away. */
int terminal_make(struct container *c, struct err *e);
int terminal_open(int devpts, const struct oci_box *size, int *ret_slave, struct err *e); /* the master */
int terminal_become(int slave, struct err *e); /* controlling terminal and 0, 1, 2 */

/* init.c: the first process; never returns. */
_Noreturn void init_main(struct container *c);

/* What the parent sends when everything stands; descriptors travel with it. */
struct init_go {
	bool has_root, has_dev;
	uint32_t n_mounts, n_files;
	int mounts[CONTAINER_FDS_MAX], files[CONTAINER_FDS_MAX]; /* 1: sent */
};
