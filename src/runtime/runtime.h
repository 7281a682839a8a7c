/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The OCI lifecycle, for `lighter-runtime` and for the creation child of lighter's own keeper. A container is known by
 * its id below a state root; its record there is `state.json` (see state.h) and it is removed by runtime_delete alone.
 *
 * Creation happens in two step tables: create.c runs in the caller (the parent), init.c in the container's first
 * process. They talk over one socket pair; an error of either side is one `struct err` that names the failed step, and
 * every earlier step is undone. After runtime_create the first process stands just before exec and waits to be started.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/proc.h"
#include "base/step.h"
#include "formats/launch.h"
#include "oci/spec.h"
#include "runtime/arguments.h"

struct runtime_root; /* the state root: --root, /run/lighter-runtime by default */

int runtime_root_open(const char *path, struct runtime_root **ret, struct err *e);
/* How our own program was started (borrowed): programs beside it are found by that. */
void runtime_root_started_as(struct runtime_root *root, const char *path);
void runtime_root_free(struct runtime_root *root);

/* Who makes the container's cgroup. */
enum runtime_cgroups {
	RUNTIME_CGROUPFS, /* we */
	RUNTIME_SYSTEMD,  /* systemd, as a scope */
	RUNTIME_NO_CGROUP, /* nobody: the container stays in ours */
};

/* What whoever creates, starts and deletes a container keeps of it, so that nothing is read again. */
struct runtime_held {
	int start; /* for runtime_start_here; its close ends the waiting process */
	struct runtime_made *made;
};

#define RUNTIME_HELD_INIT { .start = -EBADF }

struct runtime_create {
	const char *id;
	const struct oci_spec *spec;
	const struct str *config; /* the text that `spec` was read from, kept with the record; NULL with a launch */
	const char *bundle; /* absolute path; spec->root->path is relative to it */
	int bundle_fd;	    /* the same, opened; not used with a launch */
	/* lighter's own containers: the overlay, files, user and cwd rules of the launch record; NULL for a plain bundle */
	const struct launch *launch;
	int stdio[3];	    /* what the process gets without a terminal */
	int console_socket; /* connected unix socket that receives the pty's master; -EBADF without */
	const char *pid_file;
	unsigned preserve_fds; /* 3 .. 3 + n - 1 stay open */
	bool no_pivot, no_new_keyring;
	enum runtime_cgroups cgroups;
	bool systemd_user;	   /* the scope is of the calling user's systemd */
	bool cgroups_if_permitted; /* without permission, limits and linux.cgroupsPath the container stays in our cgroup */
	struct arguments arguments; /* hidden from the container; empty: there is nothing to hide */
	bool sibling;	    /* CLONE_PARENT: the first process becomes a child of the caller's parent */
	/* Not NULL: whoever creates also starts, by runtime_start_here. There is no start.sock then, and nobody else can. */
	struct runtime_held *ret_held;
};

void runtime_held_done(struct runtime_held *held);
/* What counts the kernel's kills for want of memory in it (cgroup_oom_count): the descriptor or -errno. */
int runtime_held_oom_counter(const struct runtime_held *held);

/* On success *ret is the first process, waiting. The pty's master goes over console_socket before this returns. */
int runtime_create(struct runtime_root *root, const struct runtime_create *how, struct proc *ret, struct err *e);

/* Lets the first process exec the user's program; returns when the exec has succeeded or failed. */
int runtime_start(struct runtime_root *root, const char *id, struct err *e);
/* As runtime_start for the caller who has created it, without the poststart hooks. */
/* `spec`: the one that it was created from. */
int runtime_start_here(struct runtime_root *root, const char *id, const struct oci_spec *spec, int start, struct err *e);
/* The poststart hooks; one that fails ends the container (runtime.md, "Lifecycle", step 9). */
int runtime_poststart(struct runtime_root *root, const char *id, struct err *e);

/* A running container, as exec finds it: its record, its configuration and its first process. */
struct runtime_target;
int runtime_target_open(struct runtime_root *root, const char *id, struct runtime_target **ret, struct err *e);
void runtime_target_free(struct runtime_target *target);

/* The container's own process, owned by the target: for exec by flags, which may change it. */
struct oci_process *runtime_target_process(struct runtime_target *target);

struct runtime_exec {
	const struct oci_process *process; /* capabilities NULL: those of the container's own process */
	const char *user;		   /* as in the launch record; NULL: process->user */
	int stdio[3];
	int console_socket;
	unsigned preserve_fds;
	struct arguments arguments;
	bool sibling;
	const struct strv *cgroups; /* below the container's: see exec_cgroup.h; NULL: the container's */
	bool ignore_paused; /* wait in a paused container until it is resumed; else that is ERR_CONFLICT */
};

/* Another process in a running container. *ret has already exec'ed its program when this returns. */
int runtime_exec(struct runtime_target *target, const struct runtime_exec *how, struct proc *ret, struct err *e);

/* The step tables, for the test that makes each step fail. */
const struct step *create_steps(size_t *ret_n);
const struct step *init_steps(size_t *ret_n);

/* `all`: every process of the container's cgroup, and none is no error. Else the first process, which in a pid namespace
 * that is shared stands for all when the signal is KILL; a stopped container is ERR_CONFLICT, "container not running". */
int runtime_kill(struct runtime_root *root, const char *id, int signal, bool all, struct err *e);

/* Removes cgroups and state. A container that runs is ERR_CONFLICT unless `force`, which kills it first and accepts
 * whatever a killed create, start or delete has left; then a missing container is no error. */
int runtime_delete(struct runtime_root *root, const char *id, bool force, struct err *e);

/* The same of a container that the caller has created and whose first process it has waited for; somebody else may have
 * deleted it meanwhile. */
int runtime_delete_held(struct runtime_root *root, const struct runtime_held *held, struct err *e);
