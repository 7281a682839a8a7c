/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

/*
 * Memory. v1 counts memory and memory+swap, v2 memory and swap: the sum is taken apart here, by the limit that the group
 * has when none is given. Where swap is not counted (a kernel without swap, swapaccount=0) there is no file for it:
 * "unlimited" and "none at all" need none, any other limit is an error.
 *
 * Kernel memory limits have no effect since 5.16 and no file on v2: unlimited is what they are.
 */

#include <stdio.h>

#include "base/own.h"
#include "base/str.h"

static bool is_given(const struct opt_i64 *limit)
{
	return limit->set && limit->value != 0;
}

/* ---- v1 ---- */

/* EBUSY: more is used than the new limit, and the kernel could not reclaim it. */
static int put_limit_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *text)
{
	int r = target_try(t, h, "memory.limit_in_bytes", text);
	uint64_t usage, peak;

	if (r != -EBUSY || target_number(t, h, "memory.usage_in_bytes", &usage) < 0 ||
	    target_number(t, h, "memory.max_usage_in_bytes", &peak) < 0)
		return r < 0 ? target_failed(t, h, "memory.limit_in_bytes", text, r) : 0;
	return err_set(t->e, ERR_CONFLICT, "unable to set memory limit to %s (current usage: %llu, peak usage: %llu)", text,
		       (unsigned long long)usage, (unsigned long long)peak);
}

static int put_sum_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, int64_t sum)
{
	char text[TARGET_TEXT];
	int r = target_try(t, h, "memory.memsw.limit_in_bytes", target_say(WORDS_NUMBER, sum, text));

	if (r == -ENOENT && sum == -1)
		return 0;
	return r < 0 ? target_failed(t, h, "memory.memsw.limit_in_bytes", text, r) : 0;
}

/* The limit is at most the sum at every instant (else EINVAL): raising begins with the sum, lowering with the limit. */
static int limits_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *limit,
		     const struct opt_i64 *sum)
{
	char text[TARGET_TEXT];

	if (!is_given(limit))
		return is_given(sum) ? put_sum_v1(t, h, sum->value) : 0;
	(void)target_say(WORDS_NUMBER, limit->value, text);
	if (!is_given(sum) && limit->value != -1)
		return put_limit_v1(t, h, text);
	/* An unlimited memory without a word on swap is an unlimited sum. */
	if (target_try(t, h, "memory.limit_in_bytes", text) == 0)
		return put_sum_v1(t, h, is_given(sum) ? sum->value : -1);
	return put_sum_v1(t, h, is_given(sum) ? sum->value : -1) < 0 ? -1 : put_limit_v1(t, h, text);
}

static int put_kernel(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *v1,
		      const struct opt_i64 *limit)
{
	char text[TARGET_TEXT];

	if (!limit->set || limit->value <= 0)
		return 0;
	if (h->v2)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: '%s' does not exist in cgroup v2", v1);
	return target_put(t, h, v1, target_say(WORDS_NUMBER, limit->value, text));
}

/* v2 is hierarchical and has its OOM killer always. */
static int put_switch(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *v1,
		      const struct opt_bool *on, bool always_v2)
{
	if (!on->set || (h->v2 && on->value == always_v2))
		return 0;
	if (h->v2)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: '%s' does not exist in cgroup v2", v1);
	return target_put(t, h, v1, on->value ? "1" : "0");
}

static int put_swappiness(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_u64 *value)
{
	char text[TARGET_TEXT];

	/* -1 as an unsigned number is how engines say "as it is". */
	if (!value->set || value->value == UINT64_MAX)
		return 0;
	if (h->v2)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: 'memory.swappiness' does not exist in cgroup v2");
	return target_put(t, h, "memory.swappiness", target_say(WORDS_NUMBER, (int64_t)value->value, text));
}

/* ---- v2 ---- */

/* What the kernel does by itself on v1. */
static int check_usage(const struct cgroup_target *t, const struct cgroup_hierarchy *h, int64_t limit, int64_t sum)
{
	uint64_t usage;

	if ((limit <= 0 && sum <= 0) || target_number(t, h, "memory.current", &usage) < 0)
		return 0;
	if (sum > 0 && (uint64_t)sum <= usage)
		return err_set(t->e, ERR_CONFLICT, "rejecting memory+swap limit %lld <= usage %llu", (long long)sum,
			       (unsigned long long)usage);
	if (limit > 0 && (uint64_t)limit <= usage)
		return err_set(t->e, ERR_CONFLICT, "rejecting memory limit %lld <= usage %llu", (long long)limit,
			       (unsigned long long)usage);
	return 0;
}

/* The swap alone: -1 unlimited. */
static int swap_of_sum(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *limit,
		       int64_t sum, int64_t *ret)
{
	uint64_t memory = limit->value < 0 ? UINT64_MAX : (uint64_t)limit->value;

	if (sum < 0) {
		*ret = -1;
		return 0;
	}
	if (!is_given(limit) && (target_number(t, h, "memory.max", &memory) < 0 || memory == UINT64_MAX))
		return err_set(t->e, ERR_INVALID, "unable to set swap limit without memory limit");
	if (memory == UINT64_MAX) {
		*ret = sum;
		return 0;
	}
	if ((uint64_t)sum < memory)
		return err_set(t->e, ERR_INVALID, "memory+swap limit should be >= memory limit: %lld is below %llu",
			       (long long)sum, (unsigned long long)memory);
	*ret = sum - (int64_t)memory;
	return 0;
}

static int put_swap_v2(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *limit,
		       int64_t sum)
{
	char text[TARGET_TEXT];
	int64_t swap = -1;
	int r;

	if (swap_of_sum(t, h, limit, sum, &swap) < 0)
		return -1;
	r = target_try(t, h, "memory.swap.max", target_say(WORDS_MAX_IF_NEGATIVE, swap, text));
	if (r == -ENOENT && swap <= 0)
		return 0;
	return r < 0 ? target_failed(t, h, "memory.swap.max", text, r) : 0;
}

static int limits_v2(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *limit,
		     const struct opt_i64 *sum)
{
	bool unlimited = is_given(limit) && limit->value < 0 && !is_given(sum);
	char text[TARGET_TEXT];

	if ((is_given(sum) || unlimited) && put_swap_v2(t, h, limit, unlimited ? -1 : sum->value) < 0)
		return -1;
	if (!is_given(limit))
		return 0;
	return target_put(t, h, "memory.max", target_say(WORDS_MAX_IF_NEGATIVE, limit->value, text));
}

/* ---- both ---- */

static int put_reservation(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *value)
{
	char text[TARGET_TEXT];

	if (!is_given(value))
		return 0;
	(void)target_say(h->v2 ? WORDS_MAX_IF_NEGATIVE : WORDS_NUMBER, value->value, text);
	return target_put(t, h, h->v2 ? "memory.low" : "memory.soft_limit_in_bytes", text);
}

/* What needs the controller; a switch that says what is so anyway does not. */
static bool wants_controller(const struct cgroup_limits *l)
{
	const struct opt_i64 *limits[] = { &l->memory.limit, &l->memory.reservation, &l->memory.swap, &l->memory.kernel,
					   &l->memory.kernel_tcp };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (is_given(limits[i]))
			return true;
	return l->memory.swappiness.set || l->memory.disable_oom_killer.value ||
	       (l->memory.use_hierarchy.set && !l->memory.use_hierarchy.value);
}

int cgroup_limit_memory(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "memory");

	if (!h)
		return wants_controller(l) && !target_need(t, "memory") ? -1 : 0;
	if (h->v2 && l->memory.check_before_update &&
	    check_usage(t, h, l->memory.limit.value, l->memory.swap.value) < 0)
		return -1;
	if ((h->v2 ? limits_v2 : limits_v1)(t, h, &l->memory.limit, &l->memory.swap) < 0 ||
	    put_reservation(t, h, &l->memory.reservation) < 0 ||
	    put_kernel(t, h, "memory.kmem.limit_in_bytes", &l->memory.kernel) < 0 ||
	    put_kernel(t, h, "memory.kmem.tcp.limit_in_bytes", &l->memory.kernel_tcp) < 0 ||
	    put_switch(t, h, "memory.use_hierarchy", &l->memory.use_hierarchy, true) < 0 ||
	    put_switch(t, h, "memory.oom_control", &l->memory.disable_oom_killer, false) < 0)
		return -1;
	return put_swappiness(t, h, &l->memory.swappiness);
}
