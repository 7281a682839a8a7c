/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What makes a process the container's own, the same for its first process and for exec: every attribute is set again,
 * nothing is inherited by luck. Called inside the container, after the pivot or the join, in one order:
 * process_settle, then process_confine last, then process_execute.
 */

#include "linux/seccomp.h"
#include "oci/spec.h"
#include "runtime/user.h"

struct process {
	const struct oci_process *spec;
	const struct oci_capabilities *capabilities; /* NULL: none */
	const struct seccomp_program *seccomp;
	const char *user;      /* as typed, resolved inside; NULL: spec->user */
	const char *id;	       /* of the container, for the keyring */
	bool create_cwd, new_keyring, own_stdio;
	unsigned preserve_fds;
	int root;	       /* a descriptor of "/" */
};

/* Keyring, user, umask, working directory: what may still need privilege. */
int process_settle(const struct process *p, struct user *ret_user, struct err *e);

/* Ids, capabilities, no_new_privs, seccomp: what takes privilege away. */
int process_confine(const struct process *p, const struct user *user, struct err *e);

/* Descriptors as a fresh program expects them, then exec; returns on failure only. Signals were reset before the root was
 * the container's: see proc_reset_signals. */
int process_execute(const struct process *p, const struct user *user, struct err *e);

/* The mask of a list of names; ERR_INVALID names an unknown one. */
int process_capabilities(const struct strv *names, uint64_t *ret, struct err *e);

/* By the parent, for another process: limits and the oom score. `proc` is /proc/PID. */
int process_limits(const struct oci_process *spec, pid_t pid, int proc, struct err *e);
