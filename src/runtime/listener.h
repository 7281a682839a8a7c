/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way of a seccomp listener: the process that installs the filter sends its descriptor to whoever started it, and
 * that one, who lives outside, to the agent at linux.seccomp.listenerPath with the container process state
 * (config-linux.md, "The Container Process State"). The agent is connected to before the process may go on: without it
 * nothing starts.
 */

#include <sys/types.h>

#include "runtime/state.h"

struct listener {
	int sock; /* connected to the agent; -EBADF: the filter does not ask */
	const struct oci_seccomp *spec;
	const struct state *state;
	const char *status; /* of the container, in the state */
	pid_t pid;	    /* of the process, as seen here */
};

#define LISTENER_NONE { .sock = -EBADF }

/* Connects to the agent of `spec`. The caller fills in the rest and closes. */
int listener_connect(const struct oci_seccomp *spec, struct listener *ret, struct err *e);
void listener_done(struct listener *listener);

/* By the process: its part of the way, as seccomp_install_listener wants it. `arg`: int *, the descriptor of its report. */
int listener_give(int fd, void *arg);

/* By whoever started it: waits at the other end of the report. Its end without a word is the exec; a listener is handed on;
 * all else is the process's error. */
int listener_wait_exec(int report, const struct listener *listener, struct err *e);
