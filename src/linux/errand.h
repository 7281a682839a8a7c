/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An errand: one function in a child that shares our memory and our descriptors (CLONE_VM, CLONE_VFORK, CLONE_FILES) but
 * has namespaces, credentials and a working directory of its own. What it opens is ours, what it enters is left behind
 * when it ends. We stand still meanwhile.
 */

#include <stdbool.h>

#include "base/err.h"

/* What `run` returned (>= 0 or -errno), or -errno when the child could not be started. The caller must have one thread.
 * `sibling`: the child is our parent's, who reaps it. */
int errand_run(int (*run)(void *arg), void *arg, bool sibling);
/* The same for a `run` that returns -1 when it has set the error itself; without a child: `doing`, and why. */
int errand_try(int (*run)(void *arg), void *arg, bool sibling, const char *doing, struct err *e);
