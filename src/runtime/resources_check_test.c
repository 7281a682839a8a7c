/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resources.h"

#include <string.h>

#include "base/own.h"
#include "base/test.h"

static void values_that_no_kernel_takes_are_named_by_their_path(void **state)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "{\"devices\":[{\"allow\":true},{\"allow\":true,\"type\":\"u\"}]}", "devices[1].type: 'u' is not a, b or c" },
		{ "{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}", "devices[0].access: 'rx' is not of r, w, m" },
		{ "{\"memory\":{\"limit\":-2}}", "memory.limit: -2 is neither bytes nor -1 (unlimited)" },
		{ "{\"memory\":{\"kernelTCP\":-7}}", "memory.kernelTCP: -7 is neither bytes nor -1 (unlimited)" },
		{ "{\"memory\":{\"limit\":100,\"swap\":99}}", "memory.swap: 99: memory+swap limit should be >= memory limit" },
		{ "{\"memory\":{\"swappiness\":101}}", "memory.swappiness: 101 is not within 0 to 100" },
		{ "{\"cpu\":{\"idle\":2}}", "cpu.idle: 2 is neither 0 nor 1" },
		{ "{\"cpu\":{\"quota\":10,\"burst\":11}}", "cpu.burst: 11 is more than the quota, 10" },
		{ "{\"blockIO\":{\"weight\":9}}", "blockIO.weight: 9 is not within 10 to 1000" },
		{ "{\"blockIO\":{\"leafWeight\":1001}}", "blockIO.leafWeight: 1001 is not within 10 to 1000" },
		{ "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}}",
		  "blockIO.weightDevice[0]: neither weight nor leafWeight is given" },
		{ "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":5}]}}",
		  "blockIO.weightDevice[0].leafWeight: 5 is not within 10 to 1000" },
		{ "{\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":-1,\"minor\":0,\"rate\":5}]}}",
		  "blockIO.throttleReadIOPSDevice[0]: -1:0 is not a device number" },
		{ "{\"hugepageLimits\":[{\"pageSize\":\"2MB/x\",\"limit\":1}]}",
		  "hugepageLimits[0].pageSize: '2MB/x' is not like 64KB, 2MB or 1GB" },
		{ "{\"network\":{\"priorities\":[{\"name\":\"eth 0\",\"priority\":1}]}}",
		  "network.priorities[0].name: 'eth 0' is not an interface" },
		{ "{\"rdma\":{\"mlx5_1\":{}}}", "rdma.mlx5_1: neither hcaHandles nor hcaObjects is given" },
		{ "{\"rdma\":{\"a/b\":{\"hcaHandles\":1}}}", "rdma: 'a/b' is not a device" },
		{ "{\"unified\":{\"../memory.max\":\"1\"}}", "unified: '../memory.max' is not a file of a controller" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct oci_resources r;
		struct err e = ERR_INIT;

		assert_int_equal(decode_text(&oci_resources_table, cases[i].text, strlen(cases[i].text), &r, &e), 0);
		assert_int_equal(resources_check(&r, &e), -1);
		assert_int_equal(e.code, ERR_INVALID);
		assert_int_equal(strncmp(e.text, "linux.resources.", strlen("linux.resources.")), 0);
		assert_string_equal(e.text + strlen("linux.resources."), cases[i].error);
		decode_done(&oci_resources_table, &r);
	}
}

static void resctrl_lines_and_names_are_checked(void **state)
{
	const struct { struct oci_intel_rdt rdt; const char *error; } cases[] = {
		{ { .clos_id = (char[]){ "../x" } }, "linux.intelRdt.closID: '../x' is not the name of a group" },
		{ { .clos_id = (char[]){ "info" } }, "linux.intelRdt.closID: 'info' is not the name of a group" },
		{ { .l3_cache_schema = (char[]){ "L3:0=f\nMB:0=1" } },
		  "linux.intelRdt.l3CacheSchema: 'L3:0=f\nMB:0=1' is not one line" },
		{ { .mem_bw_schema = (char[]){ "L3:0=f" } },
		  "linux.intelRdt.memBwSchema: 'L3:0=f' is not one line that begins with MB:" },
		{ { .schemata = { (char *[]){ (char[]){ "L2:0=f" }, (char[]){ "a\nb" }, NULL }, 2 } },
		  "linux.intelRdt.schemata[1]: 'a\nb' is not one line" },
	};
	const struct oci_intel_rdt fine = { .clos_id = (char[]){ "/" }, .mem_bw_schema = (char[]){ "MB:0=20;1=70" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(resources_check_rdt(&cases[i].rdt, &e), -1);
		assert_string_equal(e.text, cases[i].error);
	}
	assert_int_equal(resources_check_rdt(&fine, NULL), 0);
}

static void values_at_the_borders_are_taken(void **state)
{
	static const char text[] =
		"{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"\",\"access\":\"\"}],"
		"\"memory\":{\"limit\":-1,\"swap\":5,\"swappiness\":18446744073709551615},"
		"\"cpu\":{\"quota\":-1,\"burst\":5,\"idle\":0},\"blockIO\":{\"weight\":0,\"leafWeight\":10},"
		"\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0}],\"unified\":{\"memory.high\":\"max\"}}";
	struct oci_resources r;

	assert_int_equal(decode_text(&oci_resources_table, text, strlen(text), &r, NULL), 0);
	assert_int_equal(resources_check(&r, NULL), 0);
	decode_done(&oci_resources_table, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_that_no_kernel_takes_are_named_by_their_path),
		cmocka_unit_test(resctrl_lines_and_names_are_checked),
		cmocka_unit_test(values_at_the_borders_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
