/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/platform.h"

#include "base/test.h"

static void assert_platform(const char *typed, const char *wanted)
{
	struct oci_platform p;
	autostr struct str text = STR_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(oci_platform_parse(typed, &p, &e), 0);
	oci_platform_print(&p, &text);
	assert_string_equal(str_text(&text), wanted);
	oci_platform_done(&p);
}

static void what_is_typed_becomes_a_whole_platform(void **state)
{
	assert_platform("linux/arm/v7", "linux/arm/v7");
	assert_platform("linux/amd64", "linux/amd64");
	assert_platform("aarch64", "linux/arm64");
	assert_platform("linux/armhf", "linux/arm/v7");
	assert_platform("windows/amd64", "windows/amd64");
}

static void what_is_no_platform_is_refused(void **state)
{
	static const char *const bad[] = { "", "/", "linux/", "a/b/c/d", "linux//v7", "LINUX/amd64", "linux/amd64 ", "linux/a\nb" };
	struct oci_platform p;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (oci_platform_parse(bad[i], &p, NULL) == 0)
			fail_msg("accepted: '%s'", bad[i]);
}

static unsigned score(const char *wanted, const char *offered)
{
	struct oci_platform w, o;
	unsigned n;

	assert_int_equal(oci_platform_parse(wanted, &w, NULL), 0);
	assert_int_equal(oci_platform_parse(offered, &o, NULL), 0);
	n = oci_platform_score(&w, &o);
	oci_platform_done(&w);
	oci_platform_done(&o);
	return n;
}

static void a_machine_runs_its_own_level_and_lower_ones(void **state)
{
	assert_int_equal(score("linux/arm/v6", "linux/arm/v7"), 0);
	assert_true(score("linux/arm/v7", "linux/arm/v6") > 0);
	assert_true(score("linux/arm/v7", "linux/arm/v7") > score("linux/arm/v7", "linux/arm/v6"));
	assert_true(score("linux/arm64", "linux/arm64/v8") > 0);
	assert_true(score("linux/arm64/v8", "linux/arm64") > 0);
	assert_int_equal(score("linux/amd64", "linux/amd64/v3"), 0);
	assert_true(score("linux/amd64/v3", "linux/amd64/v3") > score("linux/amd64/v3", "linux/amd64"));
	assert_int_equal(score("linux/amd64", "windows/amd64"), 0);
	assert_int_equal(score("linux/amd64", "linux/arm64"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_becomes_a_whole_platform),
		cmocka_unit_test(what_is_no_platform_is_refused),
		cmocka_unit_test(a_machine_runs_its_own_level_and_lower_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
