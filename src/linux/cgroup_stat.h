/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a group uses, in one shape for both versions: that of v1, which runtimes and engines have reported ever since.
 * Times are nanoseconds, sizes bytes; UINT64_MAX is unlimited. What the kernel does not count is zero or empty.
 *
 * cgroup_stat.c: processors, processes, pressure; cgroup_stat_memory.c: memory, huge pages; cgroup_stat_io.c: devices.
 */

#include "linux/cgroup.h"
#include "linux/cgroup_target.h"

struct cgroup_numbers { uint64_t *items; size_t n; };
struct cgroup_named_number { char *name; uint64_t value; };

/* Averages in hundredths of a per cent, the total in microseconds. */
struct cgroup_pressure_line { uint64_t avg10, avg60, avg300, total; };
struct cgroup_pressure {
	bool there;
	struct cgroup_pressure_line some, full;
};

struct cgroup_memory_use { uint64_t limit, usage, max, failcnt; };

struct cgroup_hugepage_use {
	char *size; /* "2MB" */
	uint64_t usage, max, failcnt;
};

enum cgroup_io_kind { IO_BYTES, IO_SERVICED, IO_QUEUED, IO_SERVICE_TIME, IO_WAIT_TIME, IO_MERGED, IO_TIME, IO_SECTORS, IO_KINDS };

struct cgroup_io_count {
	uint64_t major, minor, value;
	char op[16]; /* "Read", "Write", ...; "" where there is none */
};

struct cgroup_io_counts { struct cgroup_io_count *items; size_t n; };

struct cgroup_stat {
	struct {
		uint64_t total, kernel, user;
		struct cgroup_numbers percpu, percpu_kernel, percpu_user;
		uint64_t periods, throttled_periods, throttled_time;
		struct cgroup_pressure pressure;
	} cpu;
	struct {
		struct cgroup_numbers cpus, mems;
		uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page, memory_spread_slab,
			memory_pressure, sched_load_balance;
		int64_t sched_relax_domain_level;
	} cpuset; /* v1 */
	struct {
		uint64_t cache;
		struct cgroup_memory_use usage, swap, kernel, kernel_tcp; /* swap: memory + swap */
		struct { struct cgroup_named_number *items; size_t n; } raw; /* memory.stat by name */
		struct cgroup_pressure pressure;
	} memory;
	struct { uint64_t current, limit; } pids; /* limit 0: none */
	struct {
		struct cgroup_io_counts counts[IO_KINDS];
		struct cgroup_pressure pressure;
	} io;
	struct { struct cgroup_hugepage_use *items; size_t n; } hugepages; /* by name */
};

int cgroup_stat_read(const struct cgroup_system *system, const char *path, struct cgroup_stat *ret, struct err *e);
void cgroup_stat_done(struct cgroup_stat *stat);

/* The parts. 0 or -errno; a file that is not there is none. */
int cgroup_stat_memory(const struct cgroup_target *t, struct cgroup_stat *to);
int cgroup_stat_hugepages(const struct cgroup_target *t, struct cgroup_stat *to);
int cgroup_stat_io(const struct cgroup_target *t, struct cgroup_stat *to);
int cgroup_stat_pressure(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
			 struct cgroup_pressure *to);
