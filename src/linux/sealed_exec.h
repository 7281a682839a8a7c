/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs that enter a container run from a file that nobody can write: a read-only clone of the mount that holds the
 * program, in no namespace, or a sealed memory file where that is not permitted. /proc/PID/exe then leads nowhere that
 * matters (CVE-2019-5736).
 */

#include <stdbool.h>

#include "base/err.h"

#define SEALED_MARK "LIGHTER_SEALED" /* the variable that the second start finds: the name of the first */

/* A descriptor for execveat or proc_spawn's exec_fd. `path` is one of our own programs, or /proc/self/exe. */
int sealed_open(const char *path, struct err *e);

/* Executes ourselves again from a sealed file unless we run from one already; returns only on failure or when there
 * is nothing to do (0). A static program that is linked with `sealed_start` as its entry has done it already.
 * *ret_name, on the heap: the path that we were started by, since a sealed file has none. */
int sealed_reexec(char *const *argv, char **ret_name, struct err *e);
