/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/systemd_unit.h"

#include <string.h>

#include "base/str.h"
#include "base/test.h"

static void paths_name_a_slice_and_a_scope(void **state)
{
	static const struct { const char *path; bool user; const char *slice, *name; } rows[] = {
		{ NULL, false, "system.slice", "lighter-c.scope" },
		{ "", true, "user.slice", "lighter-c.scope" },
		{ "a.slice:b:d", false, "a.slice", "b-d.scope" },
		{ "a-b.slice::d", false, "a-b.slice", "d.scope" },
		{ ":b:d", true, "user.slice", "b-d.scope" },
		{ "-.slice:b:d", false, "-.slice", "b-d.scope" },
		{ "kubepods-besteffort-pod1_2.slice:cri-containerd:0af", false, "kubepods-besteffort-pod1_2.slice",
		  "cri-containerd-0af.scope" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct systemd_unit unit;

		assert_int_equal(systemd_unit_parse(rows[i].path, "c", rows[i].user, &unit, NULL), 0);
		assert_string_equal(unit.slice, rows[i].slice);
		assert_string_equal(unit.name, rows[i].name);
		systemd_unit_done(&unit);
	}
}

static void other_paths_are_refused(void **state)
{
	static const char *const bad[] = { "/a/b", "a.slice", "a.slice:b", "a.slice:b:c:d", "a:b:c", ".slice:b:c", "-a.slice:b:c",
					   "a-.slice:b:c", "a--b.slice:b:c", "a/b.slice:b:c", "a.slice:b:", "a.slice::",
					   "a.slice:b:c/d", "a.slice:b/c:d", "a.slice:b:c.slice" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct systemd_unit unit;
		struct err e = ERR_INIT;

		assert_int_equal(systemd_unit_parse(bad[i], "c", false, &unit, &e), -1);
		assert_non_null(strstr(e.text, "linux.cgroupsPath"));
	}
}

/* The words of the limits, separated by blanks. */
static char *limits(const char *resources, const char *mountinfo, const struct systemd_cpu_time *now)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	autostrv struct strv words = STRV_INIT;
	struct str all = STR_INIT;
	struct oci_resources r;

	assert_int_equal(cgroup_system_parse(mountinfo, &cgroups), 0);
	for (size_t i = 0; i < cgroups.n; i++)
		if (cgroups.items[i].v2) {
			free(cgroups.items[i].controllers);
			cgroups.items[i].controllers = strdup("cpuset,cpu,io,memory,pids");
		}
	assert_int_equal(decode_text(&oci_resources_table, resources, strlen(resources), &r, NULL), 0);
	assert_int_equal(systemd_unit_limits(&r, now, &cgroups, &words, NULL), 0);
	for (size_t i = 0; i < words.n; i++)
		str_addf(&all, "%s%s", i ? " " : "", words.items[i]);
	decode_done(&oci_resources_table, &r);
	return all.data ? str_take(&all) : strdup("");
}

static const char v2[] = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
static const char v1[] = "30 1 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
			 "31 1 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
			 "32 1 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
			 "33 1 0:29 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
			 "34 1 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

static void limits_are_properties(void **state)
{
	static const struct { const char *mounts, *resources, *words; } rows[] = {
		{ v2, "{}", "" },
		{ v2, "{\"memory\":{\"limit\":1000,\"swap\":1500,\"reservation\":500}}",
		  "MemoryMax t 1000 MemoryLow t 500 MemorySwapMax t 500" },
		{ v2, "{\"memory\":{\"limit\":-1,\"swap\":-1}}",
		  "MemoryMax t 18446744073709551615 MemorySwapMax t 18446744073709551615" },
		{ v1, "{\"memory\":{\"limit\":1000,\"swap\":1500,\"reservation\":500}}", "MemoryMax t 1000" },
		{ v2, "{\"pids\":{\"limit\":-1}}", "TasksMax t 18446744073709551615" },
		{ v2, "{\"pids\":{\"limit\":7}}", "TasksMax t 7" },
		{ v2, "{\"cpu\":{\"shares\":1024,\"idle\":1}}", "CPUWeight t 100 CPUWeight t 0" },
		{ v1, "{\"cpu\":{\"shares\":1024,\"cpus\":\"0-3\"}}", "CPUShares t 1024" },
		{ v2, "{\"cpu\":{\"quota\":50000}}", "CPUQuotaPerSecUSec t 250000" }, /* the period is 200000 */
		{ v2, "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "CPUQuotaPeriodUSec t 100000 CPUQuotaPerSecUSec t 500000" },
		{ v2, "{\"cpu\":{\"period\":40000}}", "CPUQuotaPeriodUSec t 40000 CPUQuotaPerSecUSec t 500000" },
		{ v2, "{\"cpu\":{\"quota\":-1}}", "CPUQuotaPerSecUSec t 18446744073709551615" },
		{ v2, "{\"cpu\":{\"cpus\":\"0-2,9\",\"mems\":\"0\"}}", "AllowedCPUs ay 2 7 2 AllowedMemoryNodes ay 1 1" },
		{ v2, "{\"blockIO\":{\"weight\":100,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5},"
		      "{\"major\":8,\"minor\":16,\"rate\":0}],\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":100}]}}",
		  NULL },
		{ v1, "{\"blockIO\":{\"weight\":300}}", "BlockIOWeight t 300" },
		{ v2, "{\"unified\":{\"memory.high\":\"4096\",\"pids.max\":\"max\",\"cpu.max\":\"5000 10000\",\"cpuset.cpus\":\"1\","
		      "\"cpu.idle\":\"1\",\"memory.oom.group\":\"1\",\"io.max\":\"8:0 rbps=1\"}}",
		  "MemoryHigh t 4096 TasksMax t 18446744073709551615 CPUQuotaPeriodUSec t 10000 CPUQuotaPerSecUSec t 500000 "
		  "AllowedCPUs ay 1 2 CPUWeight t 0" },
		{ v2, "{\"unified\":{\"cpu.max\":\"max\"}}", "CPUQuotaPerSecUSec t 18446744073709551615" },
		{ v2, "{\"unified\":{\"memory.max\":\"1G\",\"memory.low\":\"0x10k\"}}", "MemoryMax t 1073741824 MemoryLow t 16384" },
	};
	const struct systemd_cpu_time now = { .period = 200000, .quota = 20000 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *got = limits(rows[i].resources, rows[i].mounts, &now);

		if (rows[i].words)
			assert_string_equal(got, rows[i].words);
		else
			assert_non_null(strstr(got, "IODeviceWeight a(st) 1 /dev/block/8:0 "));
		assert_true(i != 13 || strstr(got, "IOReadBandwidthMax a(st) 2 /dev/block/8:0 5 /dev/block/8:16 "
						   "18446744073709551615"));
	}
}

/* What the kernel would refuse is not told to systemd as another number. */
static void unified_values_that_are_no_numbers_are_refused(void **state)
{
	static const char *const bad[] = {
		"{\"memory.max\":\"x\"}",	"{\"memory.max\":\"1GB\"}", "{\"pids.max\":\"-1\"}", "{\"memory.high\":\"\"}",
		"{\"cpu.weight\":\"16e\"}", "{\"cpu.max\":\"x\"}",	    "{\"cpu.max\":\"5 x\"}", "{\"cpu.max\":\"5 6 7\"}",
	};
	const struct systemd_cpu_time now = { .period = 200000, .quota = 20000 };
	const struct cgroup_system none = { .items = NULL };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		autofree char *text = str_format("{\"unified\":%s}", bad[i]);
		autostrv struct strv words = STRV_INIT;
		struct oci_resources r;
		struct err e = ERR_INIT;

		assert_int_equal(decode_text(&oci_resources_table, text, strlen(text), &r, NULL), 0);
		assert_int_equal(systemd_unit_limits(&r, &now, &none, &words, &e), -1);
		assert_non_null(strstr(e.text, "linux.resources.unified: '"));
		decode_done(&oci_resources_table, &r);
	}
}

/* What of a document with these device rules and annotations begins with `from`. */
static char *properties(const char *rules, const char *annotations, const char *from, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	const struct systemd_unit unit = { .slice = "a.slice", .name = "b.scope" };
	autofree char *text = str_format("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"annotations\":{%s},"
					 "\"linux\":{\"resources\":{\"devices\":[%s]}}}", annotations, rules);
	autostrv struct strv words = STRV_INIT;
	struct str all = STR_INIT;
	struct oci_spec spec;
	bool began = false;
	int r;

	assert_int_equal(oci_spec_parse(text, strlen(text), &spec, e), 0);
	r = systemd_unit_properties(&unit, &spec, "c", 77, &cgroups, &words, e);
	for (size_t i = 0; r == 0 && i < words.n; i++) {
		began |= str_eq(words.items[i], from);
		if (began)
			str_addf(&all, "%s%s", all.len ? " " : "", words.items[i]);
	}
	oci_spec_done(&spec);
	return all.data ? str_take(&all) : strdup("");
}

static void device_rules_are_a_list_of_what_is_allowed(void **state)
{
	static const char usual[] = " char-* m block-* m /dev/char/1:3 rwm /dev/char/1:5 rwm /dev/char/1:7 rwm /dev/char/1:8 rwm "
				    "/dev/char/1:9 rwm /dev/char/5:0 rwm /dev/char/5:2 rwm char-136 rwm";
	static const struct { const char *rules, *words; bool defaults; } rows[] = {
		{ "", "DevicePolicy s strict DeviceAllow a(ss) 10", true },
		{ "{\"allow\":true}", "DevicePolicy s auto", false },
		{ "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rw\"}",
		  "DevicePolicy s strict DeviceAllow a(ss) 11 /dev/char/10:200 rw", true },
		{ "{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"}",
		  "DevicePolicy s strict DeviceAllow a(ss) 11 block-8 r", true },
		{ "{\"allow\":false},{\"allow\":true,\"major\":8,\"minor\":1,\"access\":\"r\"}",
		  "DevicePolicy s strict DeviceAllow a(ss) 12 /dev/char/8:1 r /dev/block/8:1 r", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		autofree char *got = properties(rows[i].rules, "", "DevicePolicy", &e);
		autofree char *wanted = str_format("%s%s", rows[i].words, rows[i].defaults ? usual : "");

		assert_string_equal(got, wanted);
	}
}

static void a_scope_is_delegated_and_annotations_come_last(void **state)
{
	struct err e = ERR_INIT;
	autofree char *got = properties("{\"allow\":true}", "\"x\":\"y\",\"org.systemd.property.TasksMax\":\"uint64 5\"",
					"Description", &e);

	assert_string_equal(got, "Description s lighter container c Slice s a.slice PIDs au 1 77 Delegate b true "
				 "CPUAccounting b true MemoryAccounting b true TasksAccounting b true IOAccounting b true "
				 "DefaultDependencies b false CollectMode s inactive-or-failed DevicePolicy s auto "
				 "TasksMax = uint64 5");
}

static void an_annotation_names_a_property_by_letters(void **state)
{
	static const char *const bad[] = { "\"org.systemd.property.\":\"1\"", "\"org.systemd.property.Ab\":\"1\"",
					   "\"org.systemd.property.Tasks Max\":\"1\"", "\"org.systemd.property.A1b2\":\"1\"" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		autofree char *got = properties("", bad[i], "Description", &e);

		assert_string_equal(got, "");
		assert_int_equal(e.code, ERR_INVALID);
		assert_non_null(strstr(e.text, "does not name a property"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_name_a_slice_and_a_scope),
		cmocka_unit_test(other_paths_are_refused),
		cmocka_unit_test(limits_are_properties),
		cmocka_unit_test(unified_values_that_are_no_numbers_are_refused),
		cmocka_unit_test(device_rules_are_a_list_of_what_is_allowed),
		cmocka_unit_test(a_scope_is_delegated_and_annotations_come_last),
		cmocka_unit_test(an_annotation_names_a_property_by_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
