/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stats.h"

/* Lines as runc 1.5.2 prints them for the same numbers (its convertLibcontainerStats, by Go's encoding/json). */

#include <string.h>

#include "base/own.h"
#include "base/test.h"

#define ZERO_CPUSET                                                                                                    \
	"\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"                  \
	"\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,"             \
	"\"sched_relax_domain_level\":0},"

static void what_is_zero_is_left_out_as_runc_leaves_it_out(void **state)
{
	const struct cgroup_stat stat = { .pids.limit = 0 };
	autostr struct str text = STR_INIT;

	stats_write("c1", &stat, NULL, &text);
	assert_string_equal(text.data, "{\"type\":\"stats\",\"id\":\"c1\",\"data\":{\"cpu\":{}," ZERO_CPUSET
				       "\"memory\":{},\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},"
				       "\"network_interfaces\":null}}\n");
}

static void a_group_of_v2(void **state)
{
	struct cgroup_io_count count = { .major = 8, .value = 4096, .op = "Write" };
	struct cgroup_named_number raw[] = { { (char[]){ "anon" }, 0 }, { (char[]){ "file" }, 7 } };
	struct cgroup_hugepage_use pages[] = { { (char[]){ "2MB" }, 0, 0, 4 } };
	const struct cgroup_stat stat = {
		.cpu = { .total = 5000, .user = 4000, .periods = 2, .throttled_time = 9,
			 .pressure = { true, { 1234, 50, 0, 98765 }, { 0, 0, 0, 0 } } },
		.memory = { .cache = 7, .usage = { UINT64_MAX, 10, 0, 0 }, .raw = { raw, 2 },
			    .pressure = { true, { 0, 0, 0, 0 }, { 100, 5, 0, 0 } } },
		.pids = { 1, 33 },
		.io.counts[IO_BYTES] = { &count, 1 },
		.hugepages = { pages, 1 },
	};
	autostr struct str text = STR_INIT;

	stats_write("c", &stat, NULL, &text);
	assert_string_equal(
		text.data,
		"{\"type\":\"stats\",\"id\":\"c\",\"data\":{"
		"\"cpu\":{\"usage\":{\"total\":5000,\"kernel\":0,\"user\":4000},"
		"\"throttling\":{\"periods\":2,\"throttledTime\":9},"
		"\"psi\":{\"some\":{\"avg10\":12.34,\"avg60\":0.5,\"avg300\":0,\"total\":98765}}}," ZERO_CPUSET
		"\"memory\":{\"cache\":7,\"usage\":{\"limit\":18446744073709551615,\"usage\":10,\"failcnt\":0},"
		"\"raw\":{\"anon\":0,\"file\":7},\"psi\":{\"full\":{\"avg10\":1,\"avg60\":0.05,\"avg300\":0,\"total\":0}}},"
		"\"pids\":{\"current\":1,\"limit\":33},"
		"\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Write\",\"value\":4096}]},"
		"\"hugetlb\":{\"2MB\":{\"failcnt\":4}},\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}

static void a_resctrl_group(void **state)
{
	struct rdt_monitor monitors[] = { { 10, 20, 30 } };
	const struct cgroup_stat stat = { .pids.limit = 0 };
	const struct rdt_stat rdt = {
		.l3 = true, .mb = true, .mbm = true, .cmt = true,
		.l3_info = { (char[]){ "7ff" }, 1, 16 },
		.mb_info = { 10, 0, 10, 8 },
		.root_schemata = { (char *[]){ (char[]){ "L3:0=7ff" }, (char[]){ "MB:0=100" }, NULL }, 2 },
		.schemata = { (char *[]){ (char[]){ "L3:0=f" }, (char[]){ "MB:0=20" }, NULL }, 2 },
		.monitors = { monitors, 1 },
	};
	autostr struct str text = STR_INIT;

	stats_write("c", &stat, &rdt, &text);
	assert_non_null(strstr(
		text.data,
		"\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
		"\"l3_cache_schema_root\":\"L3:0=7ff\",\"l3_cache_schema\":\"L3:0=f\","
		"\"mem_bw_info\":{\"bandwidth_gran\":10,\"min_bandwidth\":10,\"num_closids\":8},"
		"\"mem_bw_schema_root\":\"MB:0=100\",\"mem_bw_schema\":\"MB:0=20\",\"schemata\":[\"L3:0=f\",\"MB:0=20\"],"
		"\"mbm_stats\":[{\"mbm_total_bytes\":10,\"mbm_local_bytes\":20}],\"cmt_stats\":[{\"llc_occupancy\":30}]}"));
}

static void a_kill_for_want_of_memory(void **state)
{
	autostr struct str text = STR_INIT;

	stats_write_oom("c", &text);
	assert_string_equal(text.data, "{\"type\":\"oom\",\"id\":\"c\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_zero_is_left_out_as_runc_leaves_it_out),
		cmocka_unit_test(a_group_of_v2),
		cmocka_unit_test(a_resctrl_group),
		cmocka_unit_test(a_kill_for_want_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
