/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Limits of a group in the words of the OCI specification, which are those of v1: the same numbers give the same
 * behaviour on v2, or ERR_UNSUPPORTED where v2 has no such thing. What is not set stays as it is, and so does what is
 * zero where the kernel has no use for a zero: a change of one limit never touches another. Files of the kernel are the
 * only record of what holds.
 *
 * One controller a file: cgroup_memory.c, cgroup_cpu.c, cgroup_io.c, cgroup_named.c; the rest in cgroup_limits.c.
 */

#include "linux/cgroup.h"
#include "linux/cgroup_target.h"

struct cgroup_rate { int64_t major, minor; uint64_t rate; };
struct cgroup_rates { const struct cgroup_rate *items; size_t n; };

struct cgroup_weight { int64_t major, minor; struct opt_u32 weight, leaf_weight; };

struct cgroup_hugepage { char *size; uint64_t limit; }; /* "2MB" */

struct cgroup_priority { char *interface; uint32_t priority; };

struct cgroup_rdma { char *device; struct opt_u32 handles, objects; };

struct cgroup_limits {
	struct {
		struct opt_i64 limit, reservation, swap; /* bytes, -1: unlimited; swap includes memory */
		struct opt_i64 kernel, kernel_tcp;
		struct opt_u64 swappiness;
		struct opt_bool disable_oom_killer, use_hierarchy;
		bool check_before_update; /* refuse a limit below what is used */
	} memory;
	struct {
		struct opt_u64 shares; /* v1's 2..262144 */
		struct opt_u64 period, burst, realtime_period;
		struct opt_i64 quota, realtime_runtime, idle;
		const char *cpus, *mems;
	} cpu;
	struct opt_i64 pids; /* < 0: unlimited */
	struct {
		struct opt_u32 weight, leaf_weight; /* 10..1000 */
		struct { const struct cgroup_weight *items; size_t n; } devices;
		struct cgroup_rates read_bps, write_bps, read_iops, write_iops;
	} io;
	struct { const struct cgroup_hugepage *items; size_t n; } hugepages;
	struct opt_u32 class_id;
	struct { const struct cgroup_priority *items; size_t n; } priorities;
	struct { const struct cgroup_rdma *items; size_t n; } rdma;
	const struct strmap *unified; /* v2 files as they are */
};

int cgroup_limit(const struct cgroup_system *system, const char *path, const struct cgroup_limits *limits,
		 struct err *e);

/* The parts of cgroup_limit. */
int cgroup_limit_memory(const struct cgroup_target *t, const struct cgroup_limits *limits);
int cgroup_limit_cpu(const struct cgroup_target *t, const struct cgroup_limits *limits);
int cgroup_limit_io(const struct cgroup_target *t, const struct cgroup_limits *limits);
int cgroup_limit_named(const struct cgroup_target *t, const struct cgroup_limits *limits);

/* v1's cpu.shares (2..262144) as v2's cpu.weight (1..10000). */
uint64_t cgroup_cpu_weight(uint64_t shares);
/* A block weight (10..1000) as v2's io.weight (1..10000). */
uint32_t cgroup_io_weight(uint32_t weight);
