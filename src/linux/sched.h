/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scheduling policy and its parameters, sched_setattr(2). */

#include <stdint.h>
#include <sys/types.h>

#include "base/word.h"

extern const struct words sched_policies; /* SCHED_OTHER, ... */
extern const struct words sched_flags;	  /* SCHED_FLAG_RESET_ON_FORK, ... */

struct sched {
	uint32_t policy;
	uint64_t flags;
	int32_t nice;			    /* OTHER, BATCH */
	uint32_t priority;		    /* FIFO, RR */
	uint64_t runtime, deadline, period; /* DEADLINE: nanoseconds */
};

/* For a process, 0: the caller. 0 or -errno. */
int sched_apply(pid_t pid, const struct sched *s);
