/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rlimit.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static void names_are_those_of_the_specification(void **state)
{
	assert_int_equal(rlimit_number("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_number("RLIMIT_RTTIME"), RLIMIT_RTTIME);
	assert_int_equal(rlimit_number("nofile"), -EINVAL);
	assert_int_equal(rlimit_number("RLIMIT_"), -EINVAL);
	assert_int_equal(rlimit_number(""), -EINVAL);
}

static int limit_a_child(void)
{
	struct rlimit now;

	if (rlimit_set(0, RLIMIT_NOFILE, 32, 64) != 0 || getrlimit(RLIMIT_NOFILE, &now) < 0)
		return 1;
	if (now.rlim_cur != 32 || now.rlim_max != 64)
		return 2;
	if (setresuid(65534, 65534, 65534) < 0)
		return 3;
	/* Without CAP_SYS_RESOURCE: clamped and said. */
	if (rlimit_set(0, RLIMIT_NOFILE, 1000, 2000) != 1 || getrlimit(RLIMIT_NOFILE, &now) < 0)
		return 4;
	if (now.rlim_cur != 64 || now.rlim_max != 64)
		return 5;
	return rlimit_set(0, RLIMIT_NOFILE, 60, 50) == -EINVAL ? 0 : 6;
}

static void a_limit_is_set_or_clamped_to_what_is_permitted(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(geteuid() == 0 ? limit_a_child() : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_specification),
		cmocka_unit_test(a_limit_is_set_or_clamped_to_what_is_permitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
