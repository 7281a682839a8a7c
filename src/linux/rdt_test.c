/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rdt.h"

/* Against a directory with the kernel's file names and contents (a machine with two L3 caches, CAT, MBA, CMT and MBM):
 * the machine of the tests has no resctrl. */

#include "linux/cgroup_fake.h"
#include "linux/rdt_stat.h"

static int open_resctrl(void **state)
{
	static const char *const dirs[] = { "info",	      "info/L3",	      "info/MB",	    "info/L3_MON",
					    "mon_groups",     "there",		      "there/mon_groups",   "there/mon_data",
					    "there/mon_data/mon_L3_00", "there/mon_data/mon_L3_01" };
	static const struct { const char *file, *text; } files[] = {
		{ "schemata", "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n" },
		{ "there/schemata", "    L3:0=00f;1=0f0\n    MB:0=20;1=70\n" },
		{ "there/tasks", "" },
		{ "tasks", "" },
		{ "info/last_cmd_status", "mask f-f has non-consecutive 1-bits\n" },
		{ "info/L3/cbm_mask", "7ff\n" },
		{ "info/L3/min_cbm_bits", "1\n" },
		{ "info/L3/num_closids", "16\n" },
		{ "info/MB/bandwidth_gran", "10\n" },
		{ "info/MB/delay_linear", "1\n" },
		{ "info/MB/min_bandwidth", "10\n" },
		{ "info/MB/num_closids", "8\n" },
		{ "info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n" },
		{ "there/mon_data/mon_L3_00/llc_occupancy", "123456\n" },
		{ "there/mon_data/mon_L3_00/mbm_total_bytes", "9123911852\n" },
		{ "there/mon_data/mon_L3_00/mbm_local_bytes", "2361361\n" },
		{ "there/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n" },
		{ "there/mon_data/mon_L3_01/mbm_total_bytes", "7\n" },
		{ "there/mon_data/mon_L3_01/mbm_local_bytes", "5\n" },
	};
	int r = fake_open(state, "", false);
	struct fake *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++)
		r = mkdirat(f->fd, dirs[i], 0755);
	for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++)
		fake_put(f, files[i].file, files[i].text);
	return r;
}

#define LINES(...) { (char *[]){ __VA_ARGS__, NULL }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *) }
#define TEXT(s) (char[]){ s }

static void schemata_agree_by_value_and_not_by_spelling(void **state)
{
	static const char there[] = "    L3:0=00f;1=0f0\n    MB:0=20;1=70\n";
	static const struct { const char *wanted; bool agrees; } cases[] = {
		{ "L3:0=f;1=f0", true }, { "L3:1=0F0", true }, { "MB:1=70;0=20", true }, { "MB:0=020", true },
		{ "L3:0=ff", false },	 { "L3:2=f", false },  { "MB:0=21", false },	 { "L2:0=f", false },
		{ "L3:", false },	 { "", false },	       { "L3:0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(rdt_agrees(there, cases[i].wanted), cases[i].agrees);
}

static void a_name_is_no_path_and_none_of_the_kernels_own(void **state)
{
	static const struct { const char *name; bool ok; } cases[] = {
		{ "guaranteed", true }, { "a.b", true }, { "", false },	       { ".", false },	      { "..", false },
		{ "a/b", false },	{ "info", false }, { "mon_groups", false }, { "mon_data", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(rdt_is_name(cases[i].name), cases[i].ok);
}

static void a_group_of_its_own_is_made_written_joined_and_removed(void **state)
{
	const struct rdt_config config = { .id = "c1", .schemata = LINES(TEXT("L3:0=f;1=1f"), TEXT("MB:0=20;1=70")) };
	struct rdt_group group;
	struct fake *f = *state;
	struct stat st;

	assert_int_equal(rdt_make(f->fd, &config, &group, NULL), 0);
	assert_string_equal(group.name, "c1");
	assert_true(group.owned && !group.monitor);
	fake_expect(f, "c1/schemata", "L3:0=f;1=1f");
	assert_int_equal(rdt_join(f->fd, &group, "c1", 4711, NULL), 0);
	fake_expect(f, "c1/tasks", "4711");
	assert_int_equal(unlinkat(f->fd, "c1/schemata", 0) | unlinkat(f->fd, "c1/tasks", 0), 0);
	assert_int_equal(rdt_remove(f->fd, &group, "c1", NULL), 0);
	assert_int_equal(fstatat(f->fd, "c1", &st, 0), -1);
	rdt_group_done(&group);
}

/* None of the schemata given: none is written. */
static void without_schemata_none_are_written(void **state)
{
	const struct rdt_config config = { .id = "c1" };
	struct rdt_group group;
	struct fake *f = *state;
	struct stat st;

	assert_int_equal(rdt_make(f->fd, &config, &group, NULL), 0);
	assert_int_equal(fstatat(f->fd, "c1", &st, 0), 0);
	assert_int_equal(fstatat(f->fd, "c1/schemata", &st, 0), -1);
	rdt_group_done(&group);
}

static void a_named_group_must_agree_and_stays(void **state)
{
	struct rdt_config config = { .group = "there", .id = "c1", .schemata = LINES(TEXT("L3:0=f;1=f0")), .monitor = true };
	struct rdt_group group;
	struct fake *f = *state;
	struct err e = ERR_INIT;
	struct stat st;

	assert_int_equal(rdt_make(f->fd, &config, &group, NULL), 0);
	assert_true(!group.owned && group.monitor);
	assert_int_equal(rdt_join(f->fd, &group, "c1", 12, NULL), 0);
	fake_expect(f, "there/tasks", "12");
	fake_expect(f, "there/mon_groups/c1/tasks", "12");
	assert_int_equal(unlinkat(f->fd, "there/mon_groups/c1/tasks", 0), 0);
	assert_int_equal(rdt_remove(f->fd, &group, "c1", NULL), 0);
	assert_int_equal(fstatat(f->fd, "there/mon_groups/c1", &st, 0), -1);
	assert_int_equal(fstatat(f->fd, "there", &st, 0), 0);
	rdt_group_done(&group);
	config.schemata.items[0][3] = '1';
	assert_int_equal(rdt_make(f->fd, &config, &group, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_non_null(strstr(e.text, "'there'"));
}

static void a_named_group_without_schemata_must_be_there(void **state)
{
	struct rdt_config config = { .group = "missing", .id = "c1" };
	struct rdt_group group;
	struct fake *f = *state;
	struct err e = ERR_INIT;
	struct stat st;

	assert_int_equal(rdt_make(f->fd, &config, &group, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(fstatat(f->fd, "missing", &st, 0), -1);
	config.group = "/";
	assert_int_equal(rdt_make(f->fd, &config, &group, NULL), 0);
	assert_int_equal(rdt_join(f->fd, &group, "c1", 5, NULL), 0);
	fake_expect(f, "tasks", "5");
	rdt_group_done(&group);
}

/* Made by the first who names it, and not removed with him. */
static void a_named_group_with_schemata_is_made(void **state)
{
	const struct rdt_config config = { .group = "new", .id = "c1", .schemata = LINES(TEXT("MB:0=20")) };
	struct rdt_group group;
	struct fake *f = *state;
	struct stat st;

	assert_int_equal(rdt_make(f->fd, &config, &group, NULL), 0);
	assert_false(group.owned);
	fake_expect(f, "new/schemata", "MB:0=20");
	assert_int_equal(rdt_remove(f->fd, &group, "c1", NULL), 0);
	assert_int_equal(fstatat(f->fd, "new", &st, 0), 0);
	rdt_group_done(&group);
}

static void an_update_writes_lines_and_an_error_says_the_kernels_words(void **state)
{
	const struct rdt_group group = { .name = TEXT("there") }, none = { .name = TEXT("gone") };
	const struct strv lines = LINES(TEXT("L3:0=3;1=3"));
	struct fake *f = *state;
	struct err e = ERR_INIT;

	fake_put(f, "there/schemata", "");
	assert_int_equal(rdt_write(f->fd, &group, &lines, NULL), 0);
	fake_expect(f, "there/schemata", "L3:0=3;1=3");
	assert_int_equal(rdt_write(f->fd, &none, &lines, &e), -1);
	assert_non_null(strstr(e.text, "gone/schemata': mask f-f has non-consecutive 1-bits"));
}

static void statistics_are_what_the_kernel_counts(void **state)
{
	const struct rdt_group group = { .name = TEXT("there") };
	struct fake *f = *state;
	struct rdt_stat stat;

	assert_int_equal(rdt_stat_read(f->fd, &group, "c1", &stat, NULL), 0);
	assert_true(stat.l3 && stat.mb && stat.mbm && stat.cmt);
	assert_string_equal(stat.l3_info.cbm_mask, "7ff");
	assert_int_equal(stat.l3_info.num_closids, 16);
	assert_int_equal(stat.mb_info.min_bandwidth, 10);
	assert_string_equal(rdt_stat_line(&stat.root_schemata, "MB"), "MB:0=100;1=100");
	assert_string_equal(rdt_stat_line(&stat.schemata, "L3"), "L3:0=00f;1=0f0");
	assert_int_equal(stat.monitors.n, 2);
	assert_int_equal(stat.monitors.items[0].mbm_total_bytes, 9123911852);
	assert_int_equal(stat.monitors.items[0].llc_occupancy, 123456);
	assert_int_equal(stat.monitors.items[1].llc_occupancy, 0);
	assert_int_equal(stat.monitors.items[1].mbm_local_bytes, 5);
	rdt_stat_done(&stat);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, open_resctrl, fake_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schemata_agree_by_value_and_not_by_spelling),
		cmocka_unit_test(a_name_is_no_path_and_none_of_the_kernels_own),
		WITH(a_group_of_its_own_is_made_written_joined_and_removed),
		WITH(without_schemata_none_are_written),
		WITH(a_named_group_must_agree_and_stays),
		WITH(a_named_group_without_schemata_must_be_there),
		WITH(a_named_group_with_schemata_is_made),
		WITH(an_update_writes_lines_and_an_error_says_the_kernels_words),
		WITH(statistics_are_what_the_kernel_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
