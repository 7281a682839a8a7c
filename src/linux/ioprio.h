/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* I/O priority, ioprio_set(2). */

#include <sys/types.h>

#include "base/word.h"

enum { IOPRIO_HIGHEST = 0, IOPRIO_LOWEST = 7 };

extern const struct words ioprio_classes; /* IOPRIO_CLASS_RT, ... */

/* For a process, 0: the caller. 0 or -errno. */
int ioprio_apply(pid_t pid, unsigned class, unsigned priority);
