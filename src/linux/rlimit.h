/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Resource limits by the names of the OCI specification. */

#include <stdint.h>
#include <sys/types.h>

int rlimit_number(const char *name); /* "RLIMIT_NOFILE": RLIMIT_NOFILE; -EINVAL */

/* Sets a limit of another process. Where raising the hard limit is not permitted the old one is kept and 1 returned. */
int rlimit_set(pid_t pid, int number, uint64_t soft, uint64_t hard);
