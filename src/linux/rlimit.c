/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rlimit.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/own.h"
#include "base/str.h"

static const struct {
	const char *name;
	int number;
} limits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};

int rlimit_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (str_eq(limits[i].name, name))
			return limits[i].number;
	return -EINVAL;
}

int rlimit_set(pid_t pid, int number, uint64_t soft, uint64_t hard)
{
	struct rlimit wanted = { .rlim_cur = soft, .rlim_max = hard }, old;

	if (prlimit(pid, (enum __rlimit_resource)number, &wanted, NULL) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	if (prlimit(pid, (enum __rlimit_resource)number, NULL, &old) < 0)
		return -errno;
	wanted.rlim_max = old.rlim_max;
	wanted.rlim_cur = soft < old.rlim_max ? soft : old.rlim_max;
	return prlimit(pid, (enum __rlimit_resource)number, &wanted, NULL) < 0 ? -errno : 1;
}
