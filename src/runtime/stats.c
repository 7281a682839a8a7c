/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stats.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/own.h"

/* Go's omitempty. */
static void add_unless_zero(struct json_writer *w, const char *key, uint64_t value)
{
	if (value)
		json_add_u64(w, key, value);
}

static void add_text_if_any(struct json_writer *w, const char *key, const char *text)
{
	if (text && text[0])
		json_add_string(w, key, text);
}

static void add_numbers(struct json_writer *w, const char *key, const struct cgroup_numbers *numbers)
{
	if (numbers->n == 0)
		return;
	json_array_begin(w, key);
	for (size_t i = 0; i < numbers->n; i++)
		json_add_u64(w, NULL, numbers->items[i]);
	json_array_end(w);
}

/* ---- pressure ---- */

/* Hundredths as Go prints the number: 0, 0.5, 12.34. */
static void add_hundredths(struct json_writer *w, const char *key, uint64_t value)
{
	char text[32];
	size_t len = (size_t)snprintf(text, sizeof(text), "%llu.%02llu", (unsigned long long)value / 100,
				      (unsigned long long)value % 100);

	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[len - 1] = '\0';
	json_add_raw(w, key, text);
}

static void add_pressure_line(struct json_writer *w, const char *key, const struct cgroup_pressure_line *line)
{
	if (!line->avg10 && !line->avg60 && !line->avg300 && !line->total)
		return;
	json_object_begin(w, key);
	add_hundredths(w, "avg10", line->avg10);
	add_hundredths(w, "avg60", line->avg60);
	add_hundredths(w, "avg300", line->avg300);
	json_add_u64(w, "total", line->total);
	json_object_end(w);
}

static void add_pressure(struct json_writer *w, const struct cgroup_pressure *pressure)
{
	if (!pressure->there)
		return;
	json_object_begin(w, "psi");
	add_pressure_line(w, "some", &pressure->some);
	add_pressure_line(w, "full", &pressure->full);
	json_object_end(w);
}

/* ---- cpu ---- */

static void add_usage(struct json_writer *w, const struct cgroup_stat *s)
{
	bool any = s->cpu.total || s->cpu.kernel || s->cpu.user || s->cpu.percpu.n || s->cpu.percpu_kernel.n ||
		   s->cpu.percpu_user.n;

	if (!any)
		return;
	json_object_begin(w, "usage");
	add_unless_zero(w, "total", s->cpu.total);
	add_numbers(w, "percpu", &s->cpu.percpu);
	add_numbers(w, "percpu_kernel", &s->cpu.percpu_kernel);
	add_numbers(w, "percpu_user", &s->cpu.percpu_user);
	json_add_u64(w, "kernel", s->cpu.kernel);
	json_add_u64(w, "user", s->cpu.user);
	json_object_end(w);
}

static void add_cpu(struct json_writer *w, const struct cgroup_stat *s)
{
	json_object_begin(w, "cpu");
	add_usage(w, s);
	if (s->cpu.periods || s->cpu.throttled_periods || s->cpu.throttled_time) {
		json_object_begin(w, "throttling");
		add_unless_zero(w, "periods", s->cpu.periods);
		add_unless_zero(w, "throttledPeriods", s->cpu.throttled_periods);
		add_unless_zero(w, "throttledTime", s->cpu.throttled_time);
		json_object_end(w);
	}
	add_pressure(w, &s->cpu.pressure);
	json_object_end(w);
}

static void add_cpuset(struct json_writer *w, const struct cgroup_stat *s)
{
	const struct { const char *key; uint64_t value; } rows[] = {
		{ "mem_hardwall", s->cpuset.mem_hardwall },
		{ "mem_exclusive", s->cpuset.mem_exclusive },
		{ "memory_migrate", s->cpuset.memory_migrate },
		{ "memory_spread_page", s->cpuset.memory_spread_page },
		{ "memory_spread_slab", s->cpuset.memory_spread_slab },
		{ "memory_pressure", s->cpuset.memory_pressure },
		{ "sched_load_balance", s->cpuset.sched_load_balance },
	};

	json_object_begin(w, "cpuset");
	add_numbers(w, "cpus", &s->cpuset.cpus);
	json_add_u64(w, "cpu_exclusive", s->cpuset.cpu_exclusive);
	add_numbers(w, "mems", &s->cpuset.mems);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		json_add_u64(w, rows[i].key, rows[i].value);
	json_add_i64(w, "sched_relax_domain_level", s->cpuset.sched_relax_domain_level);
	json_object_end(w);
}

/* ---- memory ---- */

static void add_use(struct json_writer *w, const char *key, const struct cgroup_memory_use *use)
{
	if (!use->limit && !use->usage && !use->max && !use->failcnt)
		return;
	json_object_begin(w, key);
	json_add_u64(w, "limit", use->limit);
	add_unless_zero(w, "usage", use->usage);
	add_unless_zero(w, "max", use->max);
	json_add_u64(w, "failcnt", use->failcnt);
	json_object_end(w);
}

static void add_memory(struct json_writer *w, const struct cgroup_stat *s)
{
	json_object_begin(w, "memory");
	add_unless_zero(w, "cache", s->memory.cache);
	add_use(w, "usage", &s->memory.usage);
	add_use(w, "swap", &s->memory.swap);
	add_use(w, "kernel", &s->memory.kernel);
	add_use(w, "kernelTCP", &s->memory.kernel_tcp);
	if (s->memory.raw.n > 0) {
		json_object_begin(w, "raw");
		for (size_t i = 0; i < s->memory.raw.n; i++)
			json_add_u64(w, s->memory.raw.items[i].name, s->memory.raw.items[i].value);
		json_object_end(w);
	}
	add_pressure(w, &s->memory.pressure);
	json_object_end(w);
}

static void add_pids(struct json_writer *w, const struct cgroup_stat *s)
{
	json_object_begin(w, "pids");
	add_unless_zero(w, "current", s->pids.current);
	add_unless_zero(w, "limit", s->pids.limit);
	json_object_end(w);
}

/* ---- devices, huge pages ---- */

static void add_counts(struct json_writer *w, const char *key, const struct cgroup_io_counts *counts)
{
	if (counts->n == 0)
		return;
	json_array_begin(w, key);
	for (size_t i = 0; i < counts->n; i++) {
		const struct cgroup_io_count *c = &counts->items[i];

		json_object_begin(w, NULL);
		add_unless_zero(w, "major", c->major);
		add_unless_zero(w, "minor", c->minor);
		add_text_if_any(w, "op", c->op);
		add_unless_zero(w, "value", c->value);
		json_object_end(w);
	}
	json_array_end(w);
}

static void add_io(struct json_writer *w, const struct cgroup_stat *s)
{
	static const char *const keys[IO_KINDS] = {
		[IO_BYTES] = "ioServiceBytesRecursive",	     [IO_SERVICED] = "ioServicedRecursive",
		[IO_QUEUED] = "ioQueueRecursive",	     [IO_SERVICE_TIME] = "ioServiceTimeRecursive",
		[IO_WAIT_TIME] = "ioWaitTimeRecursive",	     [IO_MERGED] = "ioMergedRecursive",
		[IO_TIME] = "ioTimeRecursive",		     [IO_SECTORS] = "sectorsRecursive",
	};

	json_object_begin(w, "blkio");
	for (size_t i = 0; i < IO_KINDS; i++)
		add_counts(w, keys[i], &s->io.counts[i]);
	add_pressure(w, &s->io.pressure);
	json_object_end(w);
}

static void add_hugepages(struct json_writer *w, const struct cgroup_stat *s)
{
	json_object_begin(w, "hugetlb");
	for (size_t i = 0; i < s->hugepages.n; i++) {
		const struct cgroup_hugepage_use *h = &s->hugepages.items[i];

		json_object_begin(w, h->size);
		add_unless_zero(w, "usage", h->usage);
		add_unless_zero(w, "max", h->max);
		json_add_u64(w, "failcnt", h->failcnt);
		json_object_end(w);
	}
	json_object_end(w);
}

/* ---- resctrl ---- */

static void add_l3(struct json_writer *w, const struct rdt_stat *r)
{
	json_object_begin(w, "l3_cache_info");
	add_text_if_any(w, "cbm_mask", r->l3_info.cbm_mask);
	add_unless_zero(w, "min_cbm_bits", r->l3_info.min_cbm_bits);
	add_unless_zero(w, "num_closids", r->l3_info.num_closids);
	json_object_end(w);
	add_text_if_any(w, "l3_cache_schema_root", rdt_stat_line(&r->root_schemata, "L3"));
	add_text_if_any(w, "l3_cache_schema", rdt_stat_line(&r->schemata, "L3"));
}

static void add_mb(struct json_writer *w, const struct rdt_stat *r)
{
	json_object_begin(w, "mem_bw_info");
	add_unless_zero(w, "bandwidth_gran", r->mb_info.bandwidth_gran);
	add_unless_zero(w, "delay_linear", r->mb_info.delay_linear);
	add_unless_zero(w, "min_bandwidth", r->mb_info.min_bandwidth);
	add_unless_zero(w, "num_closids", r->mb_info.num_closids);
	json_object_end(w);
	add_text_if_any(w, "mem_bw_schema_root", rdt_stat_line(&r->root_schemata, "MB"));
	add_text_if_any(w, "mem_bw_schema", rdt_stat_line(&r->schemata, "MB"));
}

static void add_mbm(struct json_writer *w, const struct rdt_stat *r)
{
	json_array_begin(w, "mbm_stats");
	for (size_t i = 0; i < r->monitors.n; i++) {
		json_object_begin(w, NULL);
		json_add_u64(w, "mbm_total_bytes", r->monitors.items[i].mbm_total_bytes);
		json_add_u64(w, "mbm_local_bytes", r->monitors.items[i].mbm_local_bytes);
		json_object_end(w);
	}
	json_array_end(w);
}

static void add_cmt(struct json_writer *w, const struct rdt_stat *r)
{
	json_array_begin(w, "cmt_stats");
	for (size_t i = 0; i < r->monitors.n; i++) {
		json_object_begin(w, NULL);
		json_add_u64(w, "llc_occupancy", r->monitors.items[i].llc_occupancy);
		json_object_end(w);
	}
	json_array_end(w);
}

static void add_rdt(struct json_writer *w, const struct rdt_stat *r)
{
	json_object_begin(w, "intel_rdt");
	if (r && r->l3)
		add_l3(w, r);
	if (r && r->mb)
		add_mb(w, r);
	if (r && r->schemata.n > 0) {
		json_array_begin(w, "schemata");
		for (size_t i = 0; i < r->schemata.n; i++)
			json_add_string(w, NULL, r->schemata.items[i]);
		json_array_end(w);
	}
	if (r && r->mbm)
		add_mbm(w, r);
	if (r && r->cmt)
		add_cmt(w, r);
	json_object_end(w);
}

void stats_write(const char *id, const struct cgroup_stat *stat, const struct rdt_stat *rdt, struct str *to)
{
	struct json_writer w = { .out = to };

	json_object_begin(&w, NULL);
	json_add_string(&w, "type", "stats");
	json_add_string(&w, "id", id);
	json_object_begin(&w, "data");
	add_cpu(&w, stat);
	add_cpuset(&w, stat);
	add_memory(&w, stat);
	add_pids(&w, stat);
	add_io(&w, stat);
	add_hugepages(&w, stat);
	add_rdt(&w, rdt);
	json_add_null(&w, "network_interfaces"); /* runc knows those of its library alone: always null */
	json_object_end(&w);
	json_object_end(&w);
	str_add_char(to, '\n');
}

void stats_write_oom(const char *id, struct str *to)
{
	struct json_writer w = { .out = to };

	json_object_begin(&w, NULL);
	json_add_string(&w, "type", "oom");
	json_add_string(&w, "id", id);
	json_object_end(&w);
	str_add_char(to, '\n');
}
