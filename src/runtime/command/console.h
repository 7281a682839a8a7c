/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the master of a terminal goes: the socket of an engine, or the terminal of lighter-runtime itself. */

#include <stdbool.h>

#include "base/err.h"
#include "runtime/foreground.h"

/* A connection to the unix socket `path`. */
int console_connect(const char *path, struct err *e);

/* The descriptor for a process with (`terminal`) or without a terminal: that of `socket` when there is one, else the
 * foreground `f`, which a detached process has not. -EBADF: none is wanted; -1: *e is set. */
int console_open(const char *socket, bool terminal, bool detach, struct foreground *f, struct err *e);
