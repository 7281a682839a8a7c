/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/affinity.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CPUS_EVER = 64 << 10 };

int affinity_get(pid_t pid, struct bitlist *ret)
{
	struct bitlist cpus = { { 0 } };

	if (syscall(SYS_sched_getaffinity, pid, sizeof(cpus.words), cpus.words) < 0)
		return -errno;
	*ret = cpus;
	return 0;
}

int affinity_set(pid_t pid, const struct bitlist *cpus)
{
	return syscall(SYS_sched_setaffinity, pid, sizeof(cpus->words), cpus->words) < 0 ? -errno : 0;
}

int affinity_all(pid_t pid)
{
	unsigned char all[CPUS_EVER / 8];

	memset(all, 0xff, sizeof(all));
	return syscall(SYS_sched_setaffinity, pid, sizeof(all), all) < 0 ? -errno : 0;
}
