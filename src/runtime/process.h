/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What makes a process the container's own, the same for its first process and for exec: every attribute is set again,
 * nothing is inherited by luck. Called inside the container, after the pivot or the join, in one order:
 * process_settle, then process_confine last, then process_execute.
 */

#include "base/proc.h"
#include "linux/cap.h"
#include "linux/seccomp.h"
#include "oci/spec.h"
#include "runtime/labels.h"
#include "runtime/user.h"

struct process {
	const struct oci_process *spec;
	const struct oci_linux *linux_; /* of the container */
	struct cap_sets capabilities;
	const struct proc_self *self; /* what it has inherited; a user namespace of its own has given it all capabilities */
	const struct seccomp_program *seccomp;
	struct labels *labels;
	const char *user;      /* as typed, resolved inside; NULL: spec->user */
	const char *id;	       /* of the container, for the keyring */
	bool userns;	       /* the container has a user namespace of its own */
	bool create_cwd, new_keyring;
	bool keep_groups;      /* the caller's supplementary groups */
	bool own_stdio;	       /* terminals among 0, 1, 2 are the container's */
	bool find_program;     /* one that is not there is an error of process_settle */
	unsigned preserve_fds;
	int report;	       /* of a seccomp listener, see listener.h; -EBADF: there is nobody to be asked */
	int root;	       /* a descriptor of "/" */

	/* What process_settle finds out. */
	struct user identity;
	struct strv env;
	bool in_cwd; /* its working directory is entered; after process_settle false if only the user may */
};

void process_done(struct process *p);

/* Keyring, user, environment, umask, working directory: what may still need privilege. */
int process_settle(struct process *p, struct err *e);

/* Ids, capabilities, no_new_privs, seccomp: what takes privilege away. */
int process_confine(struct process *p, struct err *e);

/* Descriptors as a fresh program expects them, then exec; returns on failure only. Signals were reset before the root was
 * the container's: see proc_reset_signals. */
int process_execute(const struct process *p, struct err *e);

/* By the parent: the five sets, cut to what can be granted. What is not known and what is not granted is ignored with
 * one warning, as the specification demands. `userns`: the process is in a user namespace of its own. */
void process_capabilities(const struct oci_capabilities *names, const struct proc_self *self, bool userns,
			  struct cap_sets *ret);

/* Limits and the oom score of a process; pid 0: our own. */
int process_limits(const struct oci_process *spec, pid_t pid, struct err *e);
