/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

/*
 * CPU time. Quota, period and burst bound each other, as do realtime's runtime and period: what the kernel refuses first
 * (EINVAL) may be right after the other was written. An idle group has no weight (v2: EINVAL), so weight and idle are
 * written in the order that the direction of the change asks for.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MIN = 1, WEIGHT_MAX = 10000 };

static bool is_given(const struct opt_i64 *value)
{
	return value->set && value->value != 0;
}

static bool is_given_u64(const struct opt_u64 *value)
{
	return value->set && value->value != 0;
}

static const char *say_u64(uint64_t value, char to[static TARGET_TEXT])
{
	(void)snprintf(to, TARGET_TEXT, "%llu", (unsigned long long)value);
	return to;
}

/* The curve that runc has since 1.3.2 and crun since 1.23: quadratic in log2, through (2, 1), (1024, 100), (262144, 10000).
 * The linear one before it gave the default of v1 39 % of the default of v2. */
uint64_t cgroup_cpu_weight(uint64_t shares)
{
	double l;

	if (shares <= SHARES_MIN)
		return WEIGHT_MIN;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2((double)shares);
	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

/* v1 clamps in silence; a number that is not taken is an error, in the words that engines know. */
static int put_shares(const struct cgroup_target *t, const struct cgroup_hierarchy *h, uint64_t shares, bool is_idle)
{
	char text[TARGET_TEXT];
	int r = target_try(t, h, "cpu.shares", say_u64(shares, text));
	uint64_t taken;

	if (r == -EINVAL && is_idle)
		return 0;
	if (r < 0)
		return target_failed(t, h, "cpu.shares", text, r);
	if (target_number(t, h, "cpu.shares", &taken) < 0 || taken == shares)
		return 0;
	return err_set(t->e, ERR_INVALID, "the %s allowed cpu-shares is %llu", taken < shares ? "maximum" : "minimum",
		       (unsigned long long)taken);
}

static int put_weight(const struct cgroup_target *t, const struct cgroup_hierarchy *h, uint64_t shares, bool is_idle)
{
	char text[TARGET_TEXT];
	int r = target_try(t, h, "cpu.weight", say_u64(cgroup_cpu_weight(shares), text));

	if (r == 0 || (r == -EINVAL && is_idle))
		return 0;
	return target_failed(t, h, "cpu.weight", text, r);
}

static int put_idle(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct opt_i64 *idle)
{
	char text[TARGET_TEXT];

	return idle->set ? target_put(t, h, "cpu.idle", target_say(WORDS_NUMBER, idle->value, text)) : 0;
}

static int apply_weight(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	bool idle = is_given(&l->cpu.idle);

	if (!idle && put_idle(t, h, &l->cpu.idle) < 0)
		return -1;
	if (is_given_u64(&l->cpu.shares) &&
	    (h->v2 ? put_weight : put_shares)(t, h, l->cpu.shares.value, idle) < 0)
		return -1;
	return idle ? put_idle(t, h, &l->cpu.idle) : 0;
}

/* Two files of which the first may only be right after the second: *ret_later says that it is still to be written. */
static int put_first(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		     const struct opt_u64 *value, bool may_wait, bool *ret_later)
{
	char text[TARGET_TEXT];
	int r = value->set ? target_try(t, h, file, say_u64(value->value, text)) : 0;

	*ret_later = r == -EINVAL && may_wait;
	return r < 0 && !*ret_later ? target_failed(t, h, file, text, r) : 0;
}

static int put_later(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		     const struct opt_u64 *value, bool later)
{
	char text[TARGET_TEXT];

	return later ? target_put(t, h, file, say_u64(value->value, text)) : 0;
}

/* "QUOTA PERIOD"; a quota alone keeps the period, a period alone is written behind the quota that there is. */
static int put_max_v2(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	char text[2 * TARGET_TEXT] = "max", name[PATH_MAX];
	int r;

	if (is_given(&l->cpu.quota)) {
		(void)target_say(WORDS_MAX_IF_NEGATIVE, l->cpu.quota.value, text);
	} else {
		r = target_line(t, h, "cpu.max", text, TARGET_TEXT);
		if (r == -ENOENT)
			return target_failed(t, h, "cpu.max", "", r);
		if (r < 0)
			return err_sys(t->e, -r, "read '%s'", cgroup_file(h, t->path, "cpu.max", name));
		text[strcspn(text, " ")] = '\0';
	}
	if (is_given_u64(&l->cpu.period))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " %llu",
			       (unsigned long long)l->cpu.period.value);
	return target_put(t, h, "cpu.max", text);
}

static int put_max_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	const struct opt_u64 period = { is_given_u64(&l->cpu.period), l->cpu.period.value };
	bool later, with_quota = is_given(&l->cpu.quota);
	char text[TARGET_TEXT];

	if (put_first(t, h, "cpu.cfs_period_us", &period, with_quota, &later) < 0)
		return -1;
	if (with_quota &&
	    target_put(t, h, "cpu.cfs_quota_us", target_say(WORDS_NUMBER, l->cpu.quota.value, text)) < 0)
		return -1;
	return put_later(t, h, "cpu.cfs_period_us", &period, later);
}

/* A burst is at most the quota: lowered before it, raised after it. */
static int apply_bandwidth(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	const char *burst = h->v2 ? "cpu.max.burst" : "cpu.cfs_burst_us";
	bool later, with_max = is_given(&l->cpu.quota) || is_given_u64(&l->cpu.period);
	struct opt_u64 wanted = l->cpu.burst;

	/* None is what a kernel without bursts (before 5.14) has. */
	if (wanted.set && wanted.value == 0 && !target_has(t, h, burst))
		wanted.set = false;
	if (put_first(t, h, burst, &wanted, with_max, &later) < 0)
		return -1;
	if (with_max && (h->v2 ? put_max_v2 : put_max_v1)(t, h, l) < 0)
		return -1;
	return put_later(t, h, burst, &wanted, later);
}

static int apply_realtime(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	const struct opt_u64 period = { is_given_u64(&l->cpu.realtime_period), l->cpu.realtime_period.value };
	bool later, with_runtime = is_given(&l->cpu.realtime_runtime);
	char text[TARGET_TEXT];

	if (!period.set && !with_runtime)
		return 0;
	if (h->v2)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: '%s' does not exist in cgroup v2",
			       period.set ? "cpu.rt_period_us" : "cpu.rt_runtime_us");
	if (put_first(t, h, "cpu.rt_period_us", &period, with_runtime, &later) < 0)
		return -1;
	if (with_runtime && target_put(t, h, "cpu.rt_runtime_us",
				       target_say(WORDS_NUMBER, l->cpu.realtime_runtime.value, text)) < 0)
		return -1;
	return put_later(t, h, "cpu.rt_period_us", &period, later);
}

/* v1's cpuset may be mounted without the prefix of its files (noprefix, Android). */
static int put_cpuset(const struct cgroup_target *t, const char *file, const char *value)
{
	const struct cgroup_hierarchy *h;
	int r;

	if (!value || !value[0])
		return 0;
	h = target_need(t, "cpuset");
	if (!h)
		return -1;
	r = target_try(t, h, file, value);
	if (r == -ENOENT && !h->v2)
		r = target_try(t, h, file + strlen("cpuset."), value);
	return r < 0 ? target_failed(t, h, file, value, r) : 0;
}

static bool is_any_time_given(const struct cgroup_limits *l)
{
	return is_given_u64(&l->cpu.shares) || l->cpu.idle.set || l->cpu.burst.set || is_given(&l->cpu.quota) ||
	       is_given_u64(&l->cpu.period) || is_given(&l->cpu.realtime_runtime) || is_given_u64(&l->cpu.realtime_period);
}

int cgroup_limit_cpu(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	if (is_any_time_given(l)) {
		const struct cgroup_hierarchy *h = target_need(t, "cpu");

		if (!h || apply_weight(t, h, l) < 0 || apply_bandwidth(t, h, l) < 0 || apply_realtime(t, h, l) < 0)
			return -1;
	}
	if (put_cpuset(t, "cpuset.cpus", l->cpu.cpus) < 0)
		return -1;
	return put_cpuset(t, "cpuset.mems", l->cpu.mems);
}
