/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * One row a limit: where it is in the struct, which file takes it on v1 and on v2, and how the number is said there.
 * v1's memory and memory+swap limits bound each other, as do quota, period and burst: the order of such writes depends
 * on the direction of the change. Zero means "as it is" where the kernel has no use for it, as in every other runtime.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum spelling { SAY_NUMBER, SAY_MAX_IF_NEGATIVE, SAY_MAX_UNLESS_POSITIVE, SAY_WEIGHT };

struct limit {
	size_t offset; /* of a struct opt_i64 or opt_u64: the same shape */
	const char *controller;
	const char *v1, *v2; /* file; NULL: does not exist there */
	enum spelling v1_say, v2_say;
	bool zero_counts;
};

#define LIMIT(field) offsetof(struct cgroup_limits, field)

static const struct limit limits[] = {
	{ LIMIT(memory_reservation), "memory", "memory.soft_limit_in_bytes", "memory.low", SAY_NUMBER, SAY_MAX_IF_NEGATIVE,
	  false },
	{ LIMIT(memory_swappiness), "memory", "memory.swappiness", NULL, SAY_NUMBER, SAY_NUMBER, true },
	{ LIMIT(cpu_shares), "cpu", "cpu.shares", "cpu.weight", SAY_NUMBER, SAY_WEIGHT, false },
	{ LIMIT(cpu_idle), "cpu", "cpu.idle", "cpu.idle", SAY_NUMBER, SAY_NUMBER, true },
	{ LIMIT(pids), "pids", "pids.max", "pids.max", SAY_MAX_UNLESS_POSITIVE, SAY_MAX_UNLESS_POSITIVE, true },
};

struct target {
	const struct cgroup_system *system;
	const char *path;
	struct err *e;
};

static int put(const struct target *t, const struct cgroup_hierarchy *h, const char *file, const char *text)
{
	char name[PATH_MAX];
	int r;

	if (snprintf(name, sizeof(name), "%s%s/%s", h->mount, t->path, file) >= (int)sizeof(name))
		return err_set(t->e, ERR_INVALID, "cgroup path '%.200s' is too long", t->path);
	r = file_write_text(AT_FDCWD, name, text);
	if (r == -ENOENT)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: there is no '%s'", name);
	return r < 0 ? err_sys(t->e, -r, "write '%s' to '%s'", text, name) : 0;
}

static const struct cgroup_hierarchy *need(const struct target *t, const char *controller)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, controller);

	if (!h)
		(void)err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: the '%s' controller is not available", controller);
	return h;
}

static void say(enum spelling how, int64_t value, char to[static 32])
{
	bool max = (how == SAY_MAX_IF_NEGATIVE && value < 0) || (how == SAY_MAX_UNLESS_POSITIVE && value <= 0);

	if (how == SAY_WEIGHT) { /* 2..262144 to 1..10000 */
		value = value < 2 ? 2 : value > 262144 ? 262144 : value;
		value = 1 + (value - 2) * 9999 / 262142;
	}
	if (max)
		(void)snprintf(to, 32, "max");
	else
		(void)snprintf(to, 32, "%lld", (long long)value);
}

static int apply_row(const struct target *t, const struct cgroup_limits *l, const struct limit *row)
{
	const struct opt_i64 *value = (const struct opt_i64 *)((const char *)l + row->offset);
	const struct cgroup_hierarchy *h;
	const char *file;
	char text[32];

	if (!value->set || (value->value == 0 && !row->zero_counts))
		return 0;
	h = need(t, row->controller);
	if (!h)
		return -1;
	file = h->v2 ? row->v2 : row->v1;
	if (!file)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: '%s' does not exist in cgroup v2", row->v1);
	say(h->v2 ? row->v2_say : row->v1_say, value->value, text);
	return put(t, h, file, text);
}

static bool is_given(const struct opt_i64 *limit)
{
	return limit->set && limit->value != 0;
}

/* v1: memory <= memory+swap at every instant. Raising begins with the sum, lowering with memory. */
static int apply_memory_v1(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	static const char sum_file[] = "memory.memsw.limit_in_bytes", file[] = "memory.limit_in_bytes";
	char memory[32], sum[32];
	bool sum_first = false;

	say(SAY_NUMBER, l->memory.value, memory);
	say(SAY_NUMBER, l->memory_swap.value, sum);
	if (is_given(&l->memory_swap) && is_given(&l->memory)) {
		struct target quiet = *t;

		quiet.e = NULL;
		sum_first = put(&quiet, h, file, memory) < 0;
	}
	if (sum_first && put(t, h, sum_file, sum) < 0)
		return -1;
	if (is_given(&l->memory) && put(t, h, file, memory) < 0)
		return -1;
	return is_given(&l->memory_swap) && !sum_first ? put(t, h, sum_file, sum) : 0;
}

static int apply_memory_v2(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	char text[32];

	if (is_given(&l->memory)) {
		say(SAY_MAX_IF_NEGATIVE, l->memory.value, text);
		if (put(t, h, "memory.max", text) < 0)
			return -1;
	}
	if (!is_given(&l->memory_swap))
		return 0;
	/* v2 counts swap apart. */
	if (l->memory_swap.value > 0 && (!is_given(&l->memory) || l->memory.value < 0))
		return err_set(t->e, ERR_INVALID, "a memory+swap limit of %lld needs a memory limit",
			       (long long)l->memory_swap.value);
	if (l->memory_swap.value > 0 && l->memory.value > l->memory_swap.value)
		return err_set(t->e, ERR_INVALID, "memory+swap limit %lld is below the memory limit %lld",
			       (long long)l->memory_swap.value, (long long)l->memory.value);
	say(SAY_MAX_IF_NEGATIVE, l->memory_swap.value < 0 ? -1 : l->memory_swap.value - l->memory.value, text);
	return put(t, h, "memory.swap.max", text);
}

static int apply_memory(const struct target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h;

	if (!is_given(&l->memory) && !is_given(&l->memory_swap))
		return 0;
	h = need(t, "memory");
	if (!h)
		return -1;
	return h->v2 ? apply_memory_v2(t, l, h) : apply_memory_v1(t, l, h);
}

/* "QUOTA PERIOD"; what is not given stays as it is. */
static int apply_quota_v2(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	char text[64] = "max", name[PATH_MAX];
	int r;

	if (is_given(&l->cpu_quota)) {
		say(SAY_MAX_UNLESS_POSITIVE, l->cpu_quota.value, text);
	} else {
		r = file_read_line(AT_FDCWD, cgroup_file(h, t->path, "cpu.max", name), text, 32);
		if (r == -ENOENT)
			return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: there is no '%s'", name);
		if (r < 0)
			return err_sys(t->e, -r, "read '%s'", name);
		text[strcspn(text, " ")] = '\0';
	}
	if (l->cpu_period.set && l->cpu_period.value)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " %llu",
			       (unsigned long long)l->cpu_period.value);
	return put(t, h, "cpu.max", text);
}

/* The ratio of the two is bounded by the parent's: what is refused first may be right after the other was written. */
static int apply_quota_v1(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	bool with_period = l->cpu_period.set && l->cpu_period.value, with_quota = is_given(&l->cpu_quota);
	struct target quiet = *t;
	char period[32], quota[32];
	bool done = false;

	quiet.e = NULL;
	(void)snprintf(period, sizeof(period), "%llu", (unsigned long long)l->cpu_period.value);
	(void)snprintf(quota, sizeof(quota), "%lld", (long long)l->cpu_quota.value);
	if (with_period)
		done = put(with_quota ? &quiet : t, h, "cpu.cfs_period_us", period) == 0;
	if (with_period && !with_quota)
		return done ? 0 : -1;
	if (put(t, h, "cpu.cfs_quota_us", quota) < 0)
		return -1;
	return with_period && !done ? put(t, h, "cpu.cfs_period_us", period) : 0;
}

static int apply_cpu_time(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	if (!is_given(&l->cpu_quota) && !(l->cpu_period.set && l->cpu_period.value))
		return 0;
	return h->v2 ? apply_quota_v2(t, l, h) : apply_quota_v1(t, l, h);
}

/* A burst is at most the quota: lowered before it, raised after it. */
static int apply_cpu(const struct target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h;
	struct target quiet = *t;
	const char *file;
	char burst[32];
	bool done;

	if (!l->cpu_burst.set && !is_given(&l->cpu_quota) && !l->cpu_period.set)
		return 0;
	h = need(t, "cpu");
	if (!h)
		return -1;
	quiet.e = NULL;
	file = h->v2 ? "cpu.max.burst" : "cpu.cfs_burst_us";
	(void)snprintf(burst, sizeof(burst), "%llu", (unsigned long long)l->cpu_burst.value);
	done = !l->cpu_burst.set || put(&quiet, h, file, burst) == 0;
	if (apply_cpu_time(t, l, h) < 0)
		return -1;
	return done ? 0 : put(t, h, file, burst);
}

static int apply_cpuset(const struct target *t, const char *file, const char *value)
{
	const struct cgroup_hierarchy *h;

	if (!value || !value[0])
		return 0;
	h = need(t, "cpuset");
	return h ? put(t, h, file, value) : -1;
}

static int apply_unified(const struct target *t, const struct strmap *unified)
{
	const struct cgroup_hierarchy *h = cgroup_unified(t->system);

	if (!unified || unified->pairs.n == 0)
		return 0;
	if (!h)
		return err_set(t->e, ERR_UNSUPPORTED, "linux.resources.unified: cgroup v2 is not mounted");
	for (size_t i = 0; i + 1 < unified->pairs.n; i += 2) {
		const char *file = unified->pairs.items[i];

		if (strchr(file, '/') || file[0] == '.')
			return err_set(t->e, ERR_INVALID, "linux.resources.unified: '%.100s' is not a file name", file);
		if (put(t, h, file, unified->pairs.items[i + 1]) < 0)
			return -1;
	}
	return 0;
}

int cgroup_limit(const struct cgroup_system *system, const char *path, const struct cgroup_limits *l, struct err *e)
{
	const struct target t = { .system = system, .path = path, .e = e };

	if (apply_memory(&t, l) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (apply_row(&t, l, &limits[i]) < 0)
			return -1;
	if (apply_cpu(&t, l) < 0 || apply_cpuset(&t, "cpuset.cpus", l->cpuset_cpus) < 0 ||
	    apply_cpuset(&t, "cpuset.mems", l->cpuset_mems) < 0)
		return -1;
	return apply_unified(&t, l->unified);
}
