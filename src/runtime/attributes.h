/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attributes of a process that are neither identity nor limits: scheduler, I/O priority, CPU affinity,
 * personality, memory policy. Every word and number of the document is checked before anything is made; later
 * only the kernel can still refuse.
 */

#include <sys/types.h>

#include "base/bitlist.h"
#include "oci/spec.h"

/* Is it all understood? */
int attributes_check(const struct oci_process *p, struct err *e);
int attributes_check_linux(const struct oci_linux *linux_, struct err *e);

/* Scheduler and I/O priority of `pid` (0: the caller), by someone with the host's privileges, when the process is in its
 * cgroups: a real-time policy is measured against them. */
int attributes_schedule(const struct oci_process *p, pid_t pid, struct err *e);

/* One of process.execCPUAffinity, `field` its path: 1 and the set, 0 where there is none. */
#define ATTRIBUTES_INITIAL "process.execCPUAffinity.initial"
#define ATTRIBUTES_FINAL "process.execCPUAffinity.final"
int attributes_cpus(const char *field, const char *list, struct bitlist *ret, struct err *e);

/* Personality and memory policy of the caller. */
int attributes_become(const struct oci_linux *linux_, struct err *e);
