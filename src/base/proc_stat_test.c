/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc_stat.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

/* A child that calls itself `name` and stops. */
static pid_t stopped_child(const char *name)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, name);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_name_with_parentheses_hides_nothing(void **state)
{
	struct proc_stat ours, child;
	pid_t pid = stopped_child("a) R (b");

	assert_int_equal(proc_stat_read(getpid(), &ours), 0);
	assert_int_equal(proc_stat_read(pid, &child), 0);
	assert_string_equal(child.name, "a) R (b");
	assert_int_equal(child.state, 'T');
	assert_int_equal(ours.state, 'R');
	assert_true(ours.start > 0 && child.start >= ours.start);
	end_child(pid);
}

static void who_is_gone_is_told(void **state)
{
	struct proc_stat stat = { .state = 'x' };
	pid_t pid = stopped_child("short");

	end_child(pid);
	assert_int_equal(proc_stat_read(pid, &stat), -ESRCH);
	assert_int_equal(proc_stat_read(0, &stat), -ESRCH);
	assert_int_equal(stat.state, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_parentheses_hides_nothing),
		cmocka_unit_test(who_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
