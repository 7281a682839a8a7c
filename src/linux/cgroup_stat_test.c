/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_stat.h"

/* Recorded kernel files of a group on v1 (6.18, BFQ) and on v2 (6.1), laid out in a directory. */

#include "linux/cgroup_fake.h"

static int open_v1(void **state)
{
	int r = fake_open(state, "cpu,cpuacct,cpuset,memory,pids,blkio,hugetlb", false);

	return r ? r : mkdirat(((struct fake *)*state)->fd, "c", 0755);
}

static int open_v2(void **state)
{
	int r = fake_open(state, "cpuset,cpu,io,memory,hugetlb,pids", true);

	return r ? r : mkdirat(((struct fake *)*state)->fd, "c", 0755);
}

struct recorded { const char *file, *text; };

static const struct recorded v1_files[] = {
	{ "c/cpu.stat", "nr_periods 12\nnr_throttled 5\nthrottled_time 423517092\nnr_bursts 0\nburst_time 0\n" },
	{ "c/cpuacct.stat", "user 30\nsystem 7\n" },
	{ "c/cpuacct.usage", "371234567\n" },
	{ "c/cpuacct.usage_percpu", "371000000 234567 \n" },
	{ "c/cpuacct.usage_all", "cpu user system\n0 300000000 70000000\n1 200000 30000\n" },
	{ "c/cpuset.cpus", "0-1,3\n" },
	{ "c/cpuset.mems", "0\n" },
	{ "c/cpuset.cpu_exclusive", "0\n" },
	{ "c/cpuset.sched_load_balance", "1\n" },
	{ "c/cpuset.sched_relax_domain_level", "-1\n" },
	{ "c/memory.stat", "cache 20971520\nrss 53248\nactive_anon 4096\n" },
	{ "c/memory.usage_in_bytes", "21901312\n" },
	{ "c/memory.max_usage_in_bytes", "23064576\n" },
	{ "c/memory.failcnt", "3\n" },
	{ "c/memory.limit_in_bytes", "67108864\n" },
	{ "c/memory.memsw.usage_in_bytes", "21901400\n" },
	{ "c/memory.memsw.max_usage_in_bytes", "23064600\n" },
	{ "c/memory.memsw.failcnt", "0\n" },
	{ "c/memory.memsw.limit_in_bytes", "9223372036854771712\n" },
	{ "c/memory.kmem.usage_in_bytes", "757760\n" },
	{ "c/pids.current", "2\n" },
	{ "c/pids.max", "max\n" },
	{ "c/blkio.bfq.io_serviced_recursive", "Total 0\n" },
	{ "c/blkio.throttle.io_serviced_recursive", "8:0 Read 22\n8:0 Write 1\n8:0 Total 23\nTotal 23\n" },
	{ "c/blkio.throttle.io_service_bytes_recursive", "8:0 Read 90112\n8:0 Write 4096\n8:0 Total 94208\nTotal 94208\n" },
	{ "c/hugetlb.2MB.limit_in_bytes", "4194304\n" },
	{ "c/hugetlb.2MB.usage_in_bytes", "1\n" },
	{ "c/hugetlb.2MB.rsvd.limit_in_bytes", "4194304\n" },
	{ "c/hugetlb.2MB.rsvd.usage_in_bytes", "2097152\n" },
	{ "c/hugetlb.2MB.rsvd.max_usage_in_bytes", "4194304\n" },
	{ "c/hugetlb.2MB.rsvd.failcnt", "9\n" },
	{ "c/hugetlb.1GB.limit_in_bytes", "0\n" },
	{ "c/hugetlb.1GB.usage_in_bytes", "5\n" },
};

static const struct recorded v2_files[] = {
	{ "c/cpu.stat", "usage_usec 371234\nuser_usec 300000\nsystem_usec 71234\nnr_periods 12\nnr_throttled 5\n"
			"throttled_usec 423517\nnr_bursts 0\nburst_usec 0\n" },
	{ "c/cpu.pressure", "some avg10=12.34 avg60=0.50 avg300=0.05 total=98765\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
	{ "c/memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=7\n" },
	{ "c/memory.stat", "anon 53248\nfile 20971520\nkernel_stack 16384\n" },
	{ "c/memory.current", "21901312\n" },
	{ "c/memory.max", "67108864\n" },
	{ "c/memory.peak", "23064576\n" },
	{ "c/memory.swap.current", "4096\n" },
	{ "c/memory.swap.max", "33554432\n" },
	{ "c/pids.current", "2\n" },
	{ "c/pids.max", "33\n" },
	{ "c/io.stat", "8:0 rbytes=90112 wbytes=4096 rios=22 wios=1 dbytes=0 dios=0\n253:1 rbytes=1\n" },
	{ "c/hugetlb.2MB.max", "4194304\n" },
	{ "c/hugetlb.2MB.current", "1\n" },
	{ "c/hugetlb.2MB.rsvd.max", "4194304\n" },
	{ "c/hugetlb.2MB.rsvd.current", "2097152\n" },
	{ "c/hugetlb.2MB.events", "max 4\n" },
};

static struct cgroup_stat read_recorded(void **state, const struct recorded *files, size_t n)
{
	struct fake *f = *state;
	struct cgroup_stat stat;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		fake_put(f, files[i].file, files[i].text);
	if (cgroup_stat_read(&f->system, "/c", &stat, &e) < 0)
		fail_msg("%s", e.text);
	return stat;
}

static void v1_is_read(void **state)
{
	struct cgroup_stat s = read_recorded(state, v1_files, ARRAY_SIZE(v1_files));

	assert_int_equal(s.cpu.total, 371234567);
	assert_int_equal(s.cpu.user, 300000000);
	assert_int_equal(s.cpu.kernel, 70000000);
	assert_int_equal(s.cpu.percpu.n, 2);
	assert_int_equal(s.cpu.percpu.items[1], 234567);
	assert_int_equal(s.cpu.percpu_user.items[0], 300000000);
	assert_int_equal(s.cpu.percpu_kernel.items[1], 30000);
	assert_int_equal(s.cpu.throttled_time, 423517092);
	assert_int_equal(s.cpuset.cpus.n, 3);
	assert_int_equal(s.cpuset.cpus.items[2], 3);
	assert_int_equal(s.cpuset.sched_relax_domain_level, -1);
	assert_int_equal(s.memory.cache, 20971520);
	assert_int_equal(s.memory.usage.failcnt, 3);
	assert_int_equal(s.memory.usage.max, 23064576);
	assert_true(s.memory.swap.limit == 9223372036854771712ULL);
	assert_int_equal(s.memory.kernel.usage, 757760);
	assert_string_equal(s.memory.raw.items[0].name, "active_anon");
	assert_int_equal(s.pids.current, 2);
	assert_int_equal(s.pids.limit, 0);
	cgroup_stat_done(&s);
}

/* BFQ has nothing to say, so that the throttling layer's files count. */
static void the_first_set_of_block_files_that_speaks_is_taken(void **state)
{
	struct cgroup_stat s = read_recorded(state, v1_files, ARRAY_SIZE(v1_files));

	assert_int_equal(s.io.counts[IO_SERVICED].n, 3);
	assert_int_equal(s.io.counts[IO_BYTES].items[1].value, 4096);
	assert_string_equal(s.io.counts[IO_BYTES].items[1].op, "Write");
	assert_int_equal(s.io.counts[IO_BYTES].items[0].major, 8);
	assert_int_equal(s.io.counts[IO_SECTORS].n, 0);
	cgroup_stat_done(&s);
}

static void huge_pages_are_reservations_where_they_are_counted(void **state)
{
	struct cgroup_stat s = read_recorded(state, v1_files, ARRAY_SIZE(v1_files));

	assert_int_equal(s.hugepages.n, 2);
	assert_string_equal(s.hugepages.items[0].size, "1GB");
	assert_int_equal(s.hugepages.items[0].usage, 5);
	assert_string_equal(s.hugepages.items[1].size, "2MB");
	assert_int_equal(s.hugepages.items[1].usage, 2097152);
	assert_int_equal(s.hugepages.items[1].max, 4194304);
	assert_int_equal(s.hugepages.items[1].failcnt, 9);
	cgroup_stat_done(&s);
}

static void v2_is_said_in_the_units_of_v1(void **state)
{
	struct cgroup_stat s = read_recorded(state, v2_files, ARRAY_SIZE(v2_files));

	assert_int_equal(s.cpu.total, 371234000);
	assert_int_equal(s.cpu.kernel, 71234000);
	assert_int_equal(s.cpu.periods, 12);
	assert_int_equal(s.cpu.throttled_time, 423517000);
	assert_int_equal(s.cpu.percpu.n, 0);
	assert_int_equal(s.memory.cache, 20971520);
	assert_int_equal(s.memory.usage.max, 23064576);
	assert_int_equal(s.memory.swap.usage, 21901312 + 4096);
	assert_int_equal(s.memory.swap.limit, 67108864 + 33554432);
	assert_int_equal(s.memory.swap.max, 0);
	assert_int_equal(s.pids.limit, 33);
	assert_int_equal(s.io.counts[IO_BYTES].n, 3);
	assert_int_equal(s.io.counts[IO_BYTES].items[2].minor, 1);
	assert_string_equal(s.io.counts[IO_SERVICED].items[1].op, "Write");
	assert_int_equal(s.hugepages.items[0].usage, 2097152);
	assert_int_equal(s.hugepages.items[0].failcnt, 4);
	cgroup_stat_done(&s);
}

static void pressure_is_read_in_hundredths(void **state)
{
	struct cgroup_stat s = read_recorded(state, v2_files, ARRAY_SIZE(v2_files));

	assert_true(s.cpu.pressure.there && s.memory.pressure.there && !s.io.pressure.there);
	assert_int_equal(s.cpu.pressure.some.avg10, 1234);
	assert_int_equal(s.cpu.pressure.some.avg60, 50);
	assert_int_equal(s.cpu.pressure.some.avg300, 5);
	assert_int_equal(s.cpu.pressure.some.total, 98765);
	assert_int_equal(s.memory.pressure.full.total, 7);
	cgroup_stat_done(&s);
}

static void unlimited_swap_makes_an_unlimited_sum_on_v2(void **state)
{
	struct cgroup_stat s;

	fake_put(*state, "c/memory.max", "67108864\n");
	fake_put(*state, "c/memory.swap.max", "max\n");
	s = read_recorded(state, NULL, 0);
	assert_true(s.memory.swap.limit == UINT64_MAX);
	cgroup_stat_done(&s);
}

/* Without its controllers a group still shows processor time and its processes. */
static void what_is_not_there_is_nothing(void **state)
{
	struct fake *f = *state;
	struct cgroup_stat s;

	free(f->h.controllers);
	f->h.controllers = strdup("");
	fake_put(f, "c/cgroup.procs", "12\n13\n14\n");
	s = read_recorded(state, v2_files, 1);
	assert_int_equal(s.cpu.user, 300000000);
	assert_int_equal(s.pids.current, 3);
	assert_int_equal(s.memory.raw.n, 0);
	assert_int_equal(s.hugepages.n, 0);
	cgroup_stat_done(&s);
}

#define ON(version, name) cmocka_unit_test_setup_teardown(name, open_##version, fake_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(v1, v1_is_read),
		ON(v1, the_first_set_of_block_files_that_speaks_is_taken),
		ON(v1, huge_pages_are_reservations_where_they_are_counted),
		ON(v2, v2_is_said_in_the_units_of_v1),
		ON(v2, pressure_is_read_in_hundredths),
		ON(v2, unlimited_swap_makes_an_unlimited_sum_on_v2),
		ON(v2, what_is_not_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
