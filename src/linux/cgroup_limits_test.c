/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

/*
 * Which words go to which file, on a directory that plays the kernel: also for controllers that this machine has not
 * (realtime, rdma, huge pages and networks of v1, block weights). What the kernel makes of them is asked in
 * tests/sys/runtime-resources.bats and runtime-update.bats.
 */

#include "linux/cgroup_fake.h"

#define V1 "memory,cpu,cpuset,pids,blkio,hugetlb,net_cls,net_prio,rdma"
#define V2 "cpuset,cpu,io,memory,hugetlb,pids,rdma"

static int open_v1(void **state)
{
	int r = fake_open(state, V1, false);

	return r ? r : mkdirat(((struct fake *)*state)->fd, "c", 0755);
}

static int open_v2(void **state)
{
	int r = fake_open(state, V2, true);

	return r ? r : mkdirat(((struct fake *)*state)->fd, "c", 0755);
}

struct wish {
	const char *file; /* ends the list when NULL */
	const char *there, *wanted; /* before, after; NULL: it does not exist */
};

/* Lays out the files, applies, compares. A file whose `there` is NULL is listened to. */
static void check(void **state, const struct cgroup_limits *l, const struct wish *wishes)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;
	char name[100];

	for (const struct wish *w = wishes; w->file; w++) {
		(void)snprintf(name, sizeof(name), "c/%s", w->file);
		if (w->there)
			fake_put(f, name, w->there);
		else
			fake_listen(f, name);
	}
	if (cgroup_limit(&f->system, "/c", l, &e) < 0)
		fail_msg("%s", e.text);
	for (const struct wish *w = wishes; w->file; w++) {
		(void)snprintf(name, sizeof(name), "c/%s", w->file);
		if (w->there)
			fake_expect(f, name, w->wanted);
		else
			fake_heard(f, name, w->wanted);
	}
}

/* It fails with this text, and with this code. */
static void refuse(void **state, const struct cgroup_limits *l, enum err_code code, const char *text)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;

	assert_int_equal(cgroup_limit(&f->system, "/c", l, &e), -1);
	if (e.code != (int)code || !strstr(e.text, text))
		fail_msg("%d, '%s' instead of %d, '%s'", e.code, e.text, code, text);
}

#define I64(n) { true, (n) }

/* ---- memory ---- */

static void memory_on_v1(void **state)
{
	const struct cgroup_limits l = { .memory = { .limit = I64(1048576), .swap = I64(3145728), .reservation = I64(524288),
						     .swappiness = I64(0), .kernel = I64(4096), .kernel_tcp = I64(8192),
						     .disable_oom_killer = I64(true), .use_hierarchy = I64(true) } };

	check(state, &l, (const struct wish[]){ { "memory.limit_in_bytes", "", "1048576" },
						{ "memory.memsw.limit_in_bytes", "", "3145728" },
						{ "memory.soft_limit_in_bytes", "", "524288" },
						{ "memory.swappiness", "", "0" },
						{ "memory.kmem.limit_in_bytes", "", "4096" },
						{ "memory.kmem.tcp.limit_in_bytes", "", "8192" },
						{ "memory.oom_control", "", "1" },
						{ "memory.use_hierarchy", "", "1" },
						{ NULL } });
}

static void memory_on_v2(void **state)
{
	const struct cgroup_limits l = { .memory = { .limit = I64(1048576), .swap = I64(3145728), .reservation = I64(524288),
						     .kernel = I64(-1), .kernel_tcp = I64(-1),
						     .disable_oom_killer = I64(false), .use_hierarchy = I64(true),
						     .swappiness = I64(UINT64_MAX) } };

	check(state, &l, (const struct wish[]){ { "memory.max", "", "1048576" },
						{ "memory.swap.max", "", "2097152" },
						{ "memory.low", "", "524288" },
						{ NULL } });
}

static void the_sum_of_memory_and_swap_is_taken_apart_on_v2(void **state)
{
	static const struct { int64_t limit, swap; const char *before, *max, *swap_max; } cases[] = {
		{ 0, 0, "77", "77", "old" },	       { 100, 0, "", "100", "old" },   { 100, 100, "", "100", "0ld" },
		{ 100, 300, "", "100", "200" },	       { 100, -1, "", "100", "max" },  { -1, 0, "77", "max", "max" },
		{ -1, -1, "77", "max", "max" },	       { -1, 300, "77", "max", "300" }, { 0, -1, "77", "77", "max" },
		{ 0, 300, "100", "100", "200" } /* the limit that there is */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cgroup_limits l = { .memory = { .limit = I64(cases[i].limit), .swap = I64(cases[i].swap) } };

		check(state, &l, (const struct wish[]){ { "memory.max", cases[i].before, cases[i].max },
							{ "memory.swap.max", "old", cases[i].swap_max },
							{ NULL } });
	}
}

static void swap_limits_that_mean_nothing_are_refused_on_v2(void **state)
{
	struct cgroup_limits l = { .memory.swap = I64(100) };
	struct fake *f = *state;

	fake_put(f, "c/memory.max", "max");
	fake_put(f, "c/memory.swap.max", "");
	refuse(state, &l, ERR_INVALID, "unable to set swap limit without memory limit");
	l.memory.limit = (struct opt_i64)I64(200);
	refuse(state, &l, ERR_INVALID, "memory+swap limit should be >= memory limit");
	fake_expect(f, "c/memory.max", "max");
}

static void without_a_swap_file_only_a_real_limit_is_an_error(void **state)
{
	struct cgroup_limits l = { .memory = { .limit = I64(100), .swap = I64(100) } };

	check(state, &l, (const struct wish[]){ { "memory.max", "", "100" }, { NULL } });
	l.memory.swap.value = -1;
	check(state, &l, (const struct wish[]){ { "memory.max", "", "100" }, { NULL } });
	l.memory.swap.value = 150;
	refuse(state, &l, ERR_UNSUPPORTED, "/c/memory.swap.max'");
}

static void unlimited_memory_is_unlimited_swap_on_v1_where_it_is_counted(void **state)
{
	const struct cgroup_limits l = { .memory.limit = I64(-1) };

	check(state, &l, (const struct wish[]){ { "memory.limit_in_bytes", "", "-1" }, { NULL } });
	check(state, &l, (const struct wish[]){ { "memory.limit_in_bytes", "", "-1" },
						{ "memory.memsw.limit_in_bytes", "", "-1" },
						{ NULL } });
}

static void a_limit_below_the_usage_is_refused_when_asked_to_check(void **state)
{
	struct cgroup_limits l = { .memory = { .limit = I64(100), .check_before_update = true } };
	struct fake *f = *state;

	fake_put(f, "c/memory.max", "500");
	fake_put(f, "c/memory.current", "200");
	refuse(state, &l, ERR_CONFLICT, "rejecting memory limit 100 <= usage 200");
	l.memory.swap = (struct opt_i64)I64(150);
	refuse(state, &l, ERR_CONFLICT, "rejecting memory+swap limit 150 <= usage 200");
	fake_expect(f, "c/memory.max", "500");
	l = (struct cgroup_limits){ .memory = { .limit = I64(201), .check_before_update = true } };
	check(state, &l, (const struct wish[]){ { "memory.max", "", "201" }, { NULL } });
}

static void what_v2_has_not_is_refused_by_name(void **state)
{
	static const struct { struct cgroup_limits limits; const char *named; } cases[] = {
		{ { .memory.swappiness = I64(10) }, "'memory.swappiness'" },
		{ { .memory.kernel = I64(10) }, "'memory.kmem.limit_in_bytes'" },
		{ { .memory.kernel_tcp = I64(10) }, "'memory.kmem.tcp.limit_in_bytes'" },
		{ { .memory.disable_oom_killer = I64(true) }, "'memory.oom_control'" },
		{ { .memory.use_hierarchy = I64(false) }, "'memory.use_hierarchy'" },
		{ { .cpu.realtime_period = I64(10) }, "'cpu.rt_period_us'" },
		{ { .cpu.realtime_runtime = I64(10) }, "'cpu.rt_runtime_us'" },
		{ { .io.leaf_weight = I64(10) }, "'blkio.leaf_weight'" },
		{ { .class_id = I64(10) }, "'net_cls'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refuse(state, &cases[i].limits, ERR_UNSUPPORTED, cases[i].named);
}

/* ---- cpu ---- */

static void shares_become_weights_as_in_other_runtimes(void **state)
{
	/* From runc 1.5's own function. */
	static const struct { uint64_t shares, weight; } cases[] = {
		{ 0, 1 },      { 2, 1 },      { 3, 2 },	       { 64, 12 },	 { 100, 17 },	     { 256, 35 },
		{ 512, 59 },   { 1024, 100 }, { 2048, 174 },   { 10240, 639 },	 { 102400, 4429 },   { 262143, 10000 },
		{ 262144, 10000 }, { UINT64_MAX, 10000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(cgroup_cpu_weight(cases[i].shares), cases[i].weight);
}

static void cpu_on_v1(void **state)
{
	const struct cgroup_limits l = { .cpu = { .shares = I64(512), .quota = I64(50000), .period = I64(200000),
						  .burst = I64(1000), .idle = I64(0), .realtime_period = I64(1000000),
						  .realtime_runtime = I64(950000), .cpus = "0-1", .mems = "0" } };

	check(state, &l, (const struct wish[]){ { "cpu.shares", "", "512" },
						{ "cpu.cfs_quota_us", "", "50000" },
						{ "cpu.cfs_period_us", "", "200000" },
						{ "cpu.cfs_burst_us", "", "1000" },
						{ "cpu.idle", "", "0" },
						{ "cpu.rt_period_us", "", "1000000" },
						{ "cpu.rt_runtime_us", "", "950000" },
						{ "cpuset.cpus", "", "0-1" },
						{ "cpuset.mems", "", "0" },
						{ NULL } });
}

static void a_cpuset_may_be_mounted_without_its_prefix(void **state)
{
	const struct cgroup_limits l = { .cpu = { .cpus = "1", .mems = "0" } };

	check(state, &l, (const struct wish[]){ { "cpus", "", "1" }, { "mems", "", "0" }, { NULL } });
}

static void cpu_on_v2(void **state)
{
	const struct cgroup_limits l = { .cpu = { .shares = I64(1024), .quota = I64(50000), .period = I64(200000),
						  .burst = I64(1000), .idle = I64(1), .cpus = "0-1", .mems = "0" } };

	check(state, &l, (const struct wish[]){ { "cpu.weight", "", "100" },
						{ "cpu.max", "", "50000 200000" },
						{ "cpu.max.burst", "", "1000" },
						{ "cpu.idle", "", "1" },
						{ "cpuset.cpus", "", "0-1" },
						{ "cpuset.mems", "", "0" },
						{ NULL } });
}

static void quota_and_period_of_v2_keep_each_other(void **state)
{
	static const struct { int64_t quota; uint64_t period; const char *wanted; } cases[] = {
		{ 0, 200000, "5000 200000" }, { 7000, 0, "7000 100000" /* the rest of the file stays */ }, { 0, 0, "5000 100000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cgroup_limits l = { .cpu = { .quota = I64(cases[i].quota), .period = I64(cases[i].period) } };

		check(state, &l, (const struct wish[]){ { "cpu.max", "5000 100000", cases[i].wanted }, { NULL } });
	}
}

static void an_unlimited_quota_is_max_on_v2(void **state)
{
	const struct cgroup_limits l = { .cpu = { .quota = I64(-1), .period = I64(50000) } };

	check(state, &l, (const struct wish[]){ { "cpu.max", NULL, "max 50000" }, { NULL } });
}

static void zero_changes_nothing(void **state)
{
	const struct cgroup_limits l = { .memory = { .limit = I64(0), .swap = I64(0), .reservation = I64(0) },
					 .cpu = { .shares = I64(0), .quota = I64(0), .period = I64(0), .cpus = "", .mems = "" },
					 .io.weight = I64(0) };

	check(state, &l, (const struct wish[]){ { "memory.max", "1", "1" },
						{ "memory.low", "2", "2" },
						{ "cpu.weight", "33", "33" },
						{ "cpu.max", "44 100000", "44 100000" },
						{ "cpuset.cpus", "0", "0" },
						{ "io.weight", "5", "5" },
						{ NULL } });
}

static void shares_that_the_kernel_clamps_are_an_error(void **state)
{
	const struct cgroup_limits l = { .cpu.shares = I64(9) };

	fake_put(*state, "c/cpu.shares", "01024"); /* "9" over it is read as 91024 */
	refuse(state, &l, ERR_INVALID, "the minimum allowed cpu-shares is 91024");
}

/* ---- pids ---- */

static void a_limit_of_no_process_is_one_of_the_first_alone(void **state)
{
	static const struct { int64_t limit; const char *wanted; } cases[] = { { 7, "7" }, { 0, "1" }, { -1, "max" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cgroup_limits l = { .pids = I64(cases[i].limit) };

		check(state, &l, (const struct wish[]){ { "pids.max", "", cases[i].wanted }, { NULL } });
	}
}

/* ---- block devices ---- */

static const struct cgroup_weight weights[] = { { 8, 0, { true, 500 }, { true, 300 } }, { 8, 16, { true, 20 }, { false, 0 } } };
static const struct cgroup_rate rates[] = { { 8, 0, 600 }, { 8, 16, 0 } };

static const struct cgroup_limits block = {
	.io = { .weight = I64(100),
		.devices = { weights, 2 },
		.read_bps = { rates, 2 },
		.write_bps = { rates, 1 },
		.read_iops = { rates, 1 },
		.write_iops = { rates, 1 } },
};

static void block_devices_on_v1_by_cfq(void **state)
{
	struct cgroup_limits l = block;

	l.io.leaf_weight = (struct opt_u32)I64(30);
	check(state, &l, (const struct wish[]){ { "blkio.weight", NULL, "100" },
						{ "blkio.weight_device", NULL, "8:0 5008:16 20" },
						{ "blkio.leaf_weight", NULL, "30" },
						{ "blkio.leaf_weight_device", NULL, "8:0 300" },
						{ "blkio.throttle.read_bps_device", NULL, "8:0 6008:16 0" },
						{ "blkio.throttle.write_bps_device", NULL, "8:0 600" },
						{ "blkio.throttle.read_iops_device", NULL, "8:0 600" },
						{ "blkio.throttle.write_iops_device", NULL, "8:0 600" },
						{ NULL } });
}

static void block_weights_on_v1_by_bfq(void **state)
{
	const struct cgroup_limits l = { .io = { .weight = I64(100), .devices = { weights + 1, 1 } } };

	check(state, &l, (const struct wish[]){ { "blkio.bfq.weight", NULL, "100" },
						{ "blkio.bfq.weight_device", NULL, "8:16 20" },
						{ NULL } });
}

static void block_devices_on_v2(void **state)
{
	struct cgroup_limits l = block;

	l.io.devices.items++;
	l.io.devices.n--;
	check(state, &l, (const struct wish[]){ { "io.bfq.weight", NULL, "1008:16 20" },
						{ "io.max", NULL,
						  "8:0 rbps=6008:16 rbps=max8:0 wbps=6008:0 riops=6008:0 wiops=600" },
						{ NULL } });
}

static void block_weights_on_v2_without_bfq_are_converted(void **state)
{
	const struct cgroup_limits l = { .io = { .weight = I64(1000), .devices = { weights + 1, 1 } } };

	check(state, &l, (const struct wish[]){ { "io.weight", NULL, "100008:16 102" }, { NULL } });
	assert_int_equal(cgroup_io_weight(10), 1);
	assert_int_equal(cgroup_io_weight(1000), 10000);
}

static void a_leaf_weight_of_a_device_is_refused_on_v2(void **state)
{
	const struct cgroup_limits l = { .io.devices = { weights, 1 } };

	fake_put(*state, "c/io.bfq.weight", "");
	refuse(state, &l, ERR_UNSUPPORTED, "'blkio.leaf_weight_device'");
}

static void weights_that_nobody_takes_are_refused(void **state)
{
	const struct cgroup_limits l = { .io.weight = I64(100) };

	refuse(state, &l, ERR_UNSUPPORTED, "neither 'io.bfq.weight' nor 'io.weight'");
}

/* ---- named things ---- */

static const struct cgroup_hugepage pages[] = { { (char[]){ "2MB" }, 209715200 }, { (char[]){ "64KB" }, 0 } };

static void huge_pages_on_v1(void **state)
{
	const struct cgroup_limits l = { .hugepages = { pages, 2 } };

	check(state, &l, (const struct wish[]){ { "hugetlb.2MB.limit_in_bytes", "", "209715200" },
						{ "hugetlb.2MB.rsvd.limit_in_bytes", "", "209715200" },
						{ "hugetlb.64KB.limit_in_bytes", "", "0" }, /* before 5.7: none reserved */
						{ NULL } });
}

static void huge_pages_on_v2(void **state)
{
	const struct cgroup_limits l = { .hugepages = { pages, 1 } };

	check(state, &l, (const struct wish[]){ { "hugetlb.2MB.max", "", "209715200" },
						{ "hugetlb.2MB.rsvd.max", "", "209715200" },
						{ NULL } });
}

static void networks_on_v1(void **state)
{
	const struct cgroup_priority priorities[] = { { (char[]){ "eth0" }, 500 }, { (char[]){ "lo" }, 3 } };
	const struct cgroup_limits l = { .class_id = I64(1048577), .priorities = { priorities, 2 } };

	check(state, &l, (const struct wish[]){ { "net_cls.classid", "", "1048577" },
						{ "net_prio.ifpriomap", NULL, "eth0 500lo 3" },
						{ NULL } });
}

static void rdma_devices(void **state)
{
	const struct cgroup_rdma devices[] = { { (char[]){ "mlx5_1" }, I64(3), I64(10000) },
					       { (char[]){ "rxe3" }, { false, 0 }, I64(1000) } };
	const struct cgroup_limits l = { .rdma = { devices, 2 } };

	check(state, &l, (const struct wish[]){ { "rdma.max", NULL, "mlx5_1 hca_handle=3 hca_object=10000rxe3 hca_object=1000" },
						{ NULL } });
}

/* ---- unified ---- */

static void unified_files_are_written_line_by_line(void **state)
{
	struct strmap files = { .pairs = STRV_INIT };
	const struct cgroup_limits l = { .unified = &files };

	assert_int_equal(strmap_set(&files, "memory.oom.group", "1"), 0);
	assert_int_equal(strmap_set(&files, "io.max", "8:0 rbps=1\n8:16 wbps=2\n"), 0);
	assert_int_equal(strmap_set(&files, "memory.high", ""), 0); /* says nothing */
	check(state, &l, (const struct wish[]){ { "memory.oom.group", NULL, "1" },
						{ "io.max", NULL, "8:0 rbps=18:16 wbps=2" },
						{ NULL } });
	strv_done(&files.pairs);
}

static void a_unified_file_that_cannot_be_had_is_named_with_its_controller(void **state)
{
	static const struct { const char *file, *named; enum err_code code; } cases[] = {
		{ "memory.none", "/c/memory.none'", ERR_UNSUPPORTED },
		{ "misc.max", "controller 'misc' not available", ERR_UNSUPPORTED },
		{ "cgroup.none", "/c/cgroup.none'", ERR_UNSUPPORTED },
		{ "none", "CONTROLLER.PARAMETER", ERR_INVALID },
		{ "../memory.max", "/c/../memory.max'", ERR_INVALID },
	};
	struct fake *f = *state;

	fake_put(f, "memory.max", "outside");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strmap files = { .pairs = STRV_INIT };
		struct cgroup_limits l = { .unified = &files };

		assert_int_equal(strmap_set(&files, cases[i].file, "1"), 0);
		refuse(state, &l, cases[i].code, cases[i].named);
		strv_done(&files.pairs);
	}
	fake_expect(f, "memory.max", "outside");
}

static void unified_needs_v2(void **state)
{
	struct strmap files = { .pairs = STRV_INIT };
	struct cgroup_limits l = { .unified = &files };

	assert_int_equal(strmap_set(&files, "memory.high", "1"), 0);
	refuse(state, &l, ERR_UNSUPPORTED, "cannot use unified on cgroup v1");
	strv_done(&files.pairs);
}

/* ---- what is not there ---- */

static void a_limit_that_cannot_be_had_names_its_file_or_its_controller(void **state)
{
	struct cgroup_limits l = { .cpu.idle = I64(1) };
	struct fake *f = *state;

	refuse(state, &l, ERR_UNSUPPORTED, "/c/cpu.idle'");
	free(f->h.controllers);
	f->h.controllers = strdup("memory");
	refuse(state, &l, ERR_UNSUPPORTED, "'cpu'");
}

/* What is so anyway needs no controller. */
static void defaults_need_no_controller(void **state)
{
	const struct cgroup_limits l = { .memory = { .limit = I64(0), .kernel = I64(0), .disable_oom_killer = I64(false),
						     .use_hierarchy = I64(true) },
					 .cpu.shares = I64(0) };
	struct fake *f = *state;

	free(f->h.controllers);
	f->h.controllers = strdup("pids");
	assert_int_equal(cgroup_limit(&f->system, "/c", &l, NULL), 0);
}

#define ON(version, name) cmocka_unit_test_setup_teardown(name, open_##version, fake_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(v1, memory_on_v1),
		ON(v2, memory_on_v2),
		ON(v2, the_sum_of_memory_and_swap_is_taken_apart_on_v2),
		ON(v2, swap_limits_that_mean_nothing_are_refused_on_v2),
		ON(v2, without_a_swap_file_only_a_real_limit_is_an_error),
		ON(v1, unlimited_memory_is_unlimited_swap_on_v1_where_it_is_counted),
		ON(v2, a_limit_below_the_usage_is_refused_when_asked_to_check),
		ON(v2, what_v2_has_not_is_refused_by_name),
		cmocka_unit_test(shares_become_weights_as_in_other_runtimes),
		ON(v1, cpu_on_v1),
		ON(v1, a_cpuset_may_be_mounted_without_its_prefix),
		ON(v2, cpu_on_v2),
		ON(v2, quota_and_period_of_v2_keep_each_other),
		ON(v2, an_unlimited_quota_is_max_on_v2),
		ON(v2, zero_changes_nothing),
		ON(v1, shares_that_the_kernel_clamps_are_an_error),
		ON(v2, a_limit_of_no_process_is_one_of_the_first_alone),
		ON(v1, block_devices_on_v1_by_cfq),
		ON(v1, block_weights_on_v1_by_bfq),
		ON(v2, block_devices_on_v2),
		ON(v2, block_weights_on_v2_without_bfq_are_converted),
		ON(v2, a_leaf_weight_of_a_device_is_refused_on_v2),
		ON(v2, weights_that_nobody_takes_are_refused),
		ON(v1, huge_pages_on_v1),
		ON(v2, huge_pages_on_v2),
		ON(v1, networks_on_v1),
		ON(v2, rdma_devices),
		ON(v2, unified_files_are_written_line_by_line),
		ON(v2, a_unified_file_that_cannot_be_had_is_named_with_its_controller),
		ON(v1, unified_needs_v2),
		ON(v2, a_limit_that_cannot_be_had_names_its_file_or_its_controller),
		ON(v2, defaults_need_no_controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
