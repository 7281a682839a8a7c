/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What /proc/PID/stat says of a process (proc_pid_stat(5)). A pid is a name that may be given anew: `start` tells which
 * process bore it. */

#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char name[64]; /* its program's, as it calls itself: any bytes */
	char state;    /* R S D T t Z X I */
	uint64_t start; /* field 22: clock ticks since the boot */
};

int proc_stat_read(pid_t pid, struct proc_stat *ret); /* 0, -ESRCH when there is none, or -errno */
