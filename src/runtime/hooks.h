/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hooks of config.json (config.md, "POSIX-platform Hooks"): programs that get the container's state on stdin, one after
 * the other. Who calls: create.c prestart and createRuntime, init.c createContainer and startContainer, start.c
 * poststart and poststop.
 */

#include "runtime/state.h"

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS,
};

/* The name in config.json, and the kind's list there; NULL without hooks. */
const char *hook_name(enum hook_kind kind);
const struct oci_hook_list *hook_list(const struct oci_spec *spec, enum hook_kind kind);
bool hook_any(const struct oci_spec *spec, enum hook_kind kind);

/* Files that stdout and stderr are appended to, by annotations (crun's); -EBADF: the beginning is kept for the error. */
struct hook_output { int out, err; };

#define HOOK_OUTPUT_NONE { .out = -EBADF, .err = -EBADF }

/* They are the host's: a caller in the container has them from outside. */
int hook_output_open(const struct oci_spec *spec, struct hook_output *ret, struct err *e);
void hook_output_done(struct hook_output *output);

struct hook_call {
	enum hook_kind kind;
	const struct oci_spec *spec;
	const struct state *state;
	pid_t pid;	   /* of the first process as the hook sees it; 0: none */
	int cwd;	   /* a directory; 0: ours */
	const struct hook_output *output; /* NULL: none */
	char *const *envp; /* for a hook that has no env; NULL: ours */
	/* Called in the hook's process before it becomes the hook's program: 0 or -errno; NULL: nothing to do. */
	int (*confine)(void *arg);
	void *arg;
};

/* Runs the hooks of the kind until one fails; that one is named with what it said. */
int hooks_run(const struct hook_call *call, struct err *e);

/* poststop: a failure is a warning, the others run as well. */
void hooks_run_all(const struct hook_call *call);
