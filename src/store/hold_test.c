/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/test.h"

/* Two openings of one file, as two processes have. */
static void open_twice(int fds[static 2])
{
	char link[PATH_FD_LEN];

	fds[0] = memfd_create("lock", MFD_CLOEXEC);
	fds[1] = path_open(AT_FDCWD, path_of_fd(fds[0], link), PATH_HOST_MAGIC, O_RDWR, 0);
	assert_true(fds[0] >= 0 && fds[1] >= 0);
}

static void who_waits_in_vain_is_told_for_whom(void **state)
{
	int fds[2];
	struct err e = ERR_INIT;
	char wanted[64];

	open_twice(fds);
	assert_int_equal(hold_wait(fds[0], "start", clock_boot(), &e), 0);
	assert_int_equal(hold_wait(fds[1], "remove", clock_boot() + NSEC_PER_MSEC, &e), -1);
	assert_int_equal(e.code, ERR_DEADLINE);
	(void)snprintf(wanted, sizeof(wanted), "busy: process %d (start) holds its lock", (int)getpid());
	assert_string_equal(e.text, wanted);
	(void)close(fds[0]);
	assert_int_equal(hold_wait(fds[1], "remove", clock_boot(), &e), 0);
	(void)close(fds[1]);
}

static void a_shorter_holder_leaves_nothing_of_a_longer_one(void **state)
{
	int fds[2];
	struct err e = ERR_INIT;

	open_twice(fds);
	assert_int_equal(hold_wait(fds[0], "a long description of what it does", clock_boot(), &e), 0);
	(void)close(fds[0]);
	fds[0] = fds[1];
	assert_int_equal(hold_wait(fds[0], "rm", clock_boot(), &e), 0);
	{
		char link[PATH_FD_LEN];
		autofd int other = path_open(AT_FDCWD, path_of_fd(fds[0], link), PATH_HOST_MAGIC, O_RDWR, 0);

		assert_int_equal(hold_wait(other, "start", clock_boot(), &e), -1);
		assert_non_null(strstr(e.text, "(rm) holds its lock"));
		assert_null(strstr(e.text, "description"));
	}
	(void)close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_in_vain_is_told_for_whom),
		cmocka_unit_test(a_shorter_holder_leaves_nothing_of_a_longer_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
