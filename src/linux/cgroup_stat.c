/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_stat.h"

#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"

enum { TICK = 10000000 /* ns: USER_HZ is 100 on every architecture of ours */, NUMBERS_MAX = 65536 };

static int add_number(struct cgroup_numbers *to, uint64_t value)
{
	uint64_t *item = vec_add(to);

	if (!item)
		return -ENOMEM;
	*item = value;
	return 0;
}

/* ---- pressure ---- */

static bool parse_pressure(const char *line, struct cgroup_pressure_line *to)
{
	unsigned long long whole[3], part[3], total;

	if (sscanf(line, " avg10=%llu.%2llu avg60=%llu.%2llu avg300=%llu.%2llu total=%llu", &whole[0], &part[0], &whole[1],
		   &part[1], &whole[2], &part[2], &total) != 7)
		return false;
	*to = (struct cgroup_pressure_line){ whole[0] * 100 + part[0], whole[1] * 100 + part[1], whole[2] * 100 + part[2],
					     total };
	return true;
}

/* Kernels without PSI, or with psi=0, have no file or answer EOPNOTSUPP. */
int cgroup_stat_pressure(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
			 struct cgroup_pressure *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, file, &text);
	const char *some, *full;

	if (r == -ENOENT || r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return r;
	some = strstr(str_text(&text), "some");
	full = strstr(str_text(&text), "full");
	to->there = some && parse_pressure(some + strlen("some"), &to->some);
	if (full && parse_pressure(full + strlen("full"), &to->full))
		to->there = true;
	return 0;
}

/* ---- cpu ---- */

/* v1 says throttled_time in ns, v2 everything in us. */
static int take_cpu_stat(const char *name, uint64_t value, void *arg)
{
	struct cgroup_stat *to = arg;
	const struct { const char *name; uint64_t *to, unit; } rows[] = {
		{ "usage_usec", &to->cpu.total, 1000 },
		{ "user_usec", &to->cpu.user, 1000 },
		{ "system_usec", &to->cpu.kernel, 1000 },
		{ "nr_periods", &to->cpu.periods, 1 },
		{ "nr_throttled", &to->cpu.throttled_periods, 1 },
		{ "throttled_usec", &to->cpu.throttled_time, 1000 },
		{ "throttled_time", &to->cpu.throttled_time, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (str_eq(rows[i].name, name))
			*rows[i].to = value * rows[i].unit;
	return 0;
}

static int take_cpuacct_stat(const char *name, uint64_t value, void *arg)
{
	struct cgroup_stat *to = arg;

	if (str_eq(name, "user"))
		to->cpu.user = value * TICK;
	else if (str_eq(name, "system"))
		to->cpu.kernel = value * TICK;
	return 0;
}

static int read_percpu(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, "cpuacct.usage_percpu", &text);
	char *save = NULL;

	for (char *word = r < 0 || text.len == 0 ? NULL : strtok_r(text.data, " \n", &save); word && r == 0;
	     word = strtok_r(NULL, " \n", &save))
		r = add_number(&to->cpu.percpu, strtoull(word, NULL, 10));
	return r == -ENOENT ? 0 : r;
}

/* "cpu user system", then one line a processor. */
static int read_percpu_modes(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, "cpuacct.usage_all", &text);
	char *save = NULL;

	if (r == -ENOENT || text.len == 0)
		return 0;
	for (char *line = strtok_r(text.data, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save)) {
		unsigned long long user, kernel;

		if (sscanf(line, "%*u %llu %llu", &user, &kernel) != 2)
			continue;
		r = add_number(&to->cpu.percpu_user, user);
		if (r == 0)
			r = add_number(&to->cpu.percpu_kernel, kernel);
	}
	return r;
}

static int stat_cpuacct(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "cpuacct");
	int r = h ? target_each(t, h, "cpuacct.stat", take_cpuacct_stat, to) : 0;

	if (!h || (r < 0 && r != -ENOENT))
		return r;
	r = target_count(t, h, "cpuacct.usage", &to->cpu.total);
	if (r == 0)
		r = read_percpu(t, h, to);
	return r < 0 ? r : read_percpu_modes(t, h, to);
}

/* v2's cpu.stat is there without the controller, too. */
static int stat_cpu(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(t->system, "cpu"), *v2 = cgroup_unified(t->system);
	const struct cgroup_hierarchy *h = v1 && !v1->v2 ? v1 : v2;
	int r = h ? target_each(t, h, "cpu.stat", take_cpu_stat, to) : 0;

	if (r < 0 && r != -ENOENT)
		return r;
	r = stat_cpuacct(t, to);
	if (r == 0 && v2)
		r = cgroup_stat_pressure(t, v2, "cpu.pressure", &to->cpu.pressure);
	return r;
}

/* ---- cpuset ---- */

/* "0-3,7" */
static int read_set(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		    struct cgroup_numbers *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, file, &text);
	char *save = NULL;

	for (char *word = r < 0 || text.len == 0 ? NULL : strtok_r(text.data, ",\n", &save); word && r == 0;
	     word = strtok_r(NULL, ",\n", &save)) {
		unsigned first, last;

		if (sscanf(word, "%u-%u", &first, &last) != 2)
			last = first = (unsigned)strtoul(word, NULL, 10);
		for (; first <= last && last < NUMBERS_MAX && r == 0; first++)
			r = add_number(to, first);
	}
	return r == -ENOENT ? 0 : r;
}

static int stat_cpuset(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "cpuset");
	const struct { const char *file; uint64_t *to; } rows[] = {
		{ "cpuset.cpu_exclusive", &to->cpuset.cpu_exclusive },
		{ "cpuset.mem_hardwall", &to->cpuset.mem_hardwall },
		{ "cpuset.mem_exclusive", &to->cpuset.mem_exclusive },
		{ "cpuset.memory_migrate", &to->cpuset.memory_migrate },
		{ "cpuset.memory_spread_page", &to->cpuset.memory_spread_page },
		{ "cpuset.memory_spread_slab", &to->cpuset.memory_spread_slab },
		{ "cpuset.memory_pressure", &to->cpuset.memory_pressure },
		{ "cpuset.sched_load_balance", &to->cpuset.sched_load_balance },
	};
	char line[TARGET_TEXT];
	int r;

	if (!h || h->v2)
		return 0;
	r = read_set(t, h, "cpuset.cpus", &to->cpuset.cpus);
	if (r == 0)
		r = read_set(t, h, "cpuset.mems", &to->cpuset.mems);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++)
		r = target_count(t, h, rows[i].file, rows[i].to);
	if (r == 0 && target_line(t, h, "cpuset.sched_relax_domain_level", line, sizeof(line)) == 0)
		to->cpuset.sched_relax_domain_level = strtoll(line, NULL, 10);
	return r;
}

/* ---- pids ---- */

static int stat_pids(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "pids"), *v2 = cgroup_unified(t->system);
	autostr struct str procs = STR_INIT;
	int r = h ? target_number(t, h, "pids.current", &to->pids.current) : -ENOENT;

	if (r == 0)
		r = target_count(t, h, "pids.max", &to->pids.limit);
	if (to->pids.limit == UINT64_MAX)
		to->pids.limit = 0;
	if (r != -ENOENT || !v2)
		return r == -ENOENT ? 0 : r;
	/* Without the controller the processes are counted. */
	r = target_text(t, v2, "cgroup.procs", &procs);
	if (r == -EOPNOTSUPP)
		r = target_text(t, v2, "cgroup.threads", &procs);
	for (size_t i = 0; r == 0 && i < procs.len; i++)
		to->pids.current += procs.data[i] == '\n';
	return r == -ENOENT ? 0 : r;
}

int cgroup_stat_read(const struct cgroup_system *system, const char *path, struct cgroup_stat *ret, struct err *e)
{
	const struct { const char *what; int (*read)(const struct cgroup_target *t, struct cgroup_stat *to); } parts[] = {
		{ "cpu", stat_cpu },
		{ "cpuset", stat_cpuset },
		{ "memory", cgroup_stat_memory },
		{ "pids", stat_pids },
		{ "io", cgroup_stat_io },
		{ "hugetlb", cgroup_stat_hugepages },
	};
	const struct cgroup_target t = { .system = system, .path = path, .e = e };
	struct cgroup_stat stat = { .pids.limit = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = parts[i].read(&t, &stat);

		if (r < 0) {
			cgroup_stat_done(&stat);
			return err_sys(e, -r, "read the %s statistics of cgroup '%s'", parts[i].what, path);
		}
	}
	*ret = stat;
	return 0;
}

void cgroup_stat_done(struct cgroup_stat *stat)
{
	void *const lists[] = { stat->cpu.percpu.items,	     stat->cpu.percpu_kernel.items, stat->cpu.percpu_user.items,
				stat->cpuset.cpus.items,     stat->cpuset.mems.items };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		free(lists[i]);
	for (size_t i = 0; i < stat->memory.raw.n; i++)
		free(stat->memory.raw.items[i].name);
	free(stat->memory.raw.items);
	for (size_t i = 0; i < IO_KINDS; i++)
		free(stat->io.counts[i].items);
	for (size_t i = 0; i < stat->hugepages.n; i++)
		free(stat->hugepages.items[i].size);
	free(stat->hugepages.items);
	*stat = (struct cgroup_stat){ .pids.limit = 0 };
}
