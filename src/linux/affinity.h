/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The CPUs that a process may run on, sched_setaffinity(2). 0 is the caller; 0 or -errno. */

#include <sys/types.h>

#include "base/bitlist.h"

int affinity_get(pid_t pid, struct bitlist *ret);
int affinity_set(pid_t pid, const struct bitlist *cpus);

/* Every CPU that the machine may ever have: the kernel cuts it to what the process's cpuset allows. */
int affinity_all(pid_t pid);
