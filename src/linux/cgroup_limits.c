/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * One row a limit: where it is in the struct, which file takes it on v1 and on v2, and how the number is said there.
 * v1's memory and memory+swap limits bound each other, so the order of the two writes depends on the direction.
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
};

#define LIMIT(field) offsetof(struct cgroup_limits, field)

static const struct limit limits[] = {
	{ LIMIT(memory_reservation), "memory", "memory.soft_limit_in_bytes", "memory.low", SAY_NUMBER, SAY_MAX_IF_NEGATIVE },
	{ LIMIT(memory_swappiness), "memory", "memory.swappiness", NULL, SAY_NUMBER, SAY_NUMBER },
	{ LIMIT(cpu_shares), "cpu", "cpu.shares", "cpu.weight", SAY_NUMBER, SAY_WEIGHT },
	{ LIMIT(cpu_idle), "cpu", "cpu.idle", "cpu.idle", SAY_NUMBER, SAY_NUMBER },
	{ LIMIT(cpu_burst), "cpu", "cpu.cfs_burst_us", "cpu.max.burst", SAY_NUMBER, SAY_NUMBER },
	{ LIMIT(pids), "pids", "pids.max", "pids.max", SAY_MAX_UNLESS_POSITIVE, SAY_MAX_UNLESS_POSITIVE },
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
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: this kernel has no '%s'", name);
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

	if (how == SAY_WEIGHT) /* 2..262144 to 1..10000 */
		value = 1 + ((value < 2 ? 2 : value) - 2) * 9999 / 262142;
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

	if (!value->set)
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

/* v1: memory <= memory+swap at every instant. Raising begins with the sum, lowering with memory. */
static int apply_memory_v1(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	static const char sum_file[] = "memory.memsw.limit_in_bytes", file[] = "memory.limit_in_bytes";
	char memory[32], sum[32];
	bool sum_first = false;

	say(SAY_NUMBER, l->memory.value, memory);
	say(SAY_NUMBER, l->memory_swap.value, sum);
	if (l->memory_swap.set && l->memory.set) {
		struct target quiet = *t;

		quiet.e = NULL;
		sum_first = put(&quiet, h, file, memory) < 0;
	}
	if (sum_first && put(t, h, sum_file, sum) < 0)
		return -1;
	if (l->memory.set && put(t, h, file, memory) < 0)
		return -1;
	return l->memory_swap.set && !sum_first ? put(t, h, sum_file, sum) : 0;
}

static int apply_memory_v2(const struct target *t, const struct cgroup_limits *l, const struct cgroup_hierarchy *h)
{
	char text[32];

	if (l->memory.set) {
		say(SAY_MAX_IF_NEGATIVE, l->memory.value, text);
		if (put(t, h, "memory.max", text) < 0)
			return -1;
	}
	if (!l->memory_swap.set)
		return 0;
	/* v2 counts swap apart. */
	if (l->memory_swap.value >= 0 && l->memory.value > l->memory_swap.value)
		return err_set(t->e, ERR_INVALID, "memory+swap limit %lld is below the memory limit %lld",
			       (long long)l->memory_swap.value, (long long)l->memory.value);
	say(SAY_MAX_IF_NEGATIVE, l->memory_swap.value < 0 ? -1 : l->memory_swap.value - l->memory.value, text);
	return put(t, h, "memory.swap.max", text);
}

static int apply_memory(const struct target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h;

	if (!l->memory.set && !l->memory_swap.set)
		return 0;
	h = need(t, "memory");
	if (!h)
		return -1;
	return h->v2 ? apply_memory_v2(t, l, h) : apply_memory_v1(t, l, h);
}

static int apply_quota(const struct target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h;
	uint64_t period = l->cpu_period.set ? l->cpu_period.value : 100000;
	char text[64];

	if (!l->cpu_quota.set && !l->cpu_period.set)
		return 0;
	h = need(t, "cpu");
	if (!h)
		return -1;
	if (h->v2) {
		if (l->cpu_quota.set && l->cpu_quota.value > 0)
			(void)snprintf(text, sizeof(text), "%lld %llu", (long long)l->cpu_quota.value,
				       (unsigned long long)period);
		else
			(void)snprintf(text, sizeof(text), "max %llu", (unsigned long long)period);
		return put(t, h, "cpu.max", text);
	}
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)period);
	if (l->cpu_period.set && put(t, h, "cpu.cfs_period_us", text) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%lld", (long long)l->cpu_quota.value);
	return l->cpu_quota.set ? put(t, h, "cpu.cfs_quota_us", text) : 0;
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
	const struct cgroup_hierarchy *h = NULL;

	if (!unified || unified->pairs.n == 0)
		return 0;
	for (size_t i = 0; i < t->system->n; i++)
		if (t->system->items[i].v2)
			h = &t->system->items[i];
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
	if (apply_quota(&t, l) < 0 || apply_cpuset(&t, "cpuset.cpus", l->cpuset_cpus) < 0 ||
	    apply_cpuset(&t, "cpuset.mems", l->cpuset_mems) < 0)
		return -1;
	return apply_unified(&t, l->unified);
}
