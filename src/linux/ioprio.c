/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/ioprio.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/syscall.h>
#include <unistd.h>

WORDS(ioprio_classes,
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE });

int ioprio_apply(pid_t pid, unsigned class, unsigned priority)
{
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_PRIO_VALUE(class, priority)) < 0 ? -errno : 0;
}
