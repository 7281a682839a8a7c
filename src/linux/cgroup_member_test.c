/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_member.h"

#include "base/own.h"
#include "base/test.h"

static void the_path_is_that_of_v2_or_that_of_systemd(void **state)
{
	static const char hybrid[] = "12:cpu,cpuacct:/a\n1:name=systemd:/system.slice/x.scope\n0::/system.slice/x:y.scope\n";
	autofree char *of_v2 = NULL, *of_v1 = NULL;

	assert_int_equal(cgroup_of_process_parse(hybrid, true, &of_v2), 0);
	assert_string_equal(of_v2, "/system.slice/x:y.scope");
	assert_int_equal(cgroup_of_process_parse(hybrid, false, &of_v1), 0);
	assert_string_equal(of_v1, "/system.slice/x.scope");
}

static void a_process_without_such_a_group_is_not_found(void **state)
{
	char *path;

	assert_int_equal(cgroup_of_process_parse("", true, &path), -ENOENT);
	assert_int_equal(cgroup_of_process_parse("4:memory:/a\n", true, &path), -ENOENT);
	assert_int_equal(cgroup_of_process_parse("no line\n1:name=systemd\n", false, &path), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_is_that_of_v2_or_that_of_systemd),
		cmocka_unit_test(a_process_without_such_a_group_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
