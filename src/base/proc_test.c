/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/proc.h"

#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/test.h"

static void a_program_gets_the_kept_descriptors_and_no_others(void **state)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
			       (char[]){ "exec ls /proc/self/fd >&5" }, NULL };
	autoproc struct proc p = PROC_INIT;
	autostr struct str out = STR_INIT;
	int a[2], b[2], null = 0;
	struct err e = ERR_INIT;

	assert_int_equal(pipe2(a, 0), 0);
	assert_int_equal(pipe2(b, 0), 0);
	/* Crossed on purpose: each target is the other's source. */
	const int keep[] = { null, 0, a[1], 5, b[1], 6 };
	const struct proc_spawn how = { .path = "/bin/sh", .argv = argv, .keep = keep, .n_keep = 3 };

	assert_int_equal(proc_spawn(&how, &p, &e), 0);
	(void)close(a[1]);
	(void)close(b[1]);
	assert_int_equal(io_read_all(a[0], 4096, &out), 0);
	/* 1 is ls's output and 2 its directory: both were free. */
	assert_string_equal(str_text(&out), "0\n1\n2\n5\n6\n");
	assert_int_equal(proc_wait(&p, 0), 0);
	(void)close(a[0]);
	(void)close(b[0]);
}

static void a_missing_program_is_reported_by_the_parent(void **state)
{
	char *const argv[] = { (char[]){ "x" }, NULL };
	const struct proc_spawn how = { .path = "/nonexistent/x", .argv = argv };
	autoproc struct proc p = PROC_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(proc_spawn(&how, &p, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "start '/nonexistent/x': No such file or directory");
	assert_int_equal(p.pid, -1);
}

static void waiting_ends_at_the_deadline_and_a_signal_is_128_and_more(void **state)
{
	autoproc struct proc p = PROC_INIT;
	pid_t pid = proc_fork(&p);

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(proc_wait(&p, clock_boot() + NSEC_PER_MSEC), -ETIMEDOUT);
	assert_int_equal(proc_signal(&p, SIGTERM), 0);
	assert_int_equal(proc_wait(&p, clock_boot() + 10 * NSEC_PER_SEC), 128 + SIGTERM);
}

static void the_end_of_a_process_is_told_after_it_was_reaped(void **state)
{
	struct proc child = PROC_INIT;
	siginfo_t info;
	int r;

	r = (int)proc_fork(&child);
	assert_true(r >= 0);
	if (r == 0)
		_exit(7);
	assert_int_equal(waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED | WNOWAIT), 0);
	r = proc_exit_code(&child);
	assert_true(r == -EAGAIN || r == -EOPNOTSUPP);
	assert_int_equal(proc_wait(&child, 0), 7);
	assert_int_equal(proc_exit_code(&child), r == -EAGAIN ? 7 : -EOPNOTSUPP);
	proc_done(&child);
}

static void no_signal_is_ignored_or_blocked_after_a_reset(void **state)
{
	struct proc child = PROC_INIT;
	struct { unsigned long handler, flags, restorer, mask; } now, ignore = { .handler = 1 };
	struct proc_self self;
	sigset_t mask;
	int r = (int)proc_fork(&child);

	assert_true(r >= 0);
	if (r == 0) {
		(void)signal(SIGHUP, SIG_IGN);
		(void)signal(SIGRTMAX, SIG_IGN);
		/* The C library's own signals, which signal() does not touch. */
		(void)syscall(SYS_rt_sigaction, 32, &ignore, NULL, 8);
		(void)sigfillset(&mask);
		(void)sigprocmask(SIG_SETMASK, &mask, NULL);
		proc_self_read(&self);
		proc_reset_signals(&self);
		(void)sigprocmask(SIG_SETMASK, NULL, &mask);
		for (int s = 1; s < NSIG; s++)
			if ((syscall(SYS_rt_sigaction, s, NULL, &now, 8) == 0 && now.handler == 1) ||
			    sigismember(&mask, s) == 1)
				_exit(s);
		_exit(0);
	}
	assert_int_equal(proc_wait(&child, 0), 0);
	proc_done(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_gets_the_kept_descriptors_and_no_others),
		cmocka_unit_test(a_missing_program_is_reported_by_the_parent),
		cmocka_unit_test(waiting_ends_at_the_deadline_and_a_signal_is_128_and_more),
		cmocka_unit_test(the_end_of_a_process_is_told_after_it_was_reaped),
		cmocka_unit_test(no_signal_is_ignored_or_blocked_after_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
