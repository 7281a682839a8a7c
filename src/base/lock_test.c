/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/test.h"

static int open_again(int fd)
{
	char name[PATH_FD_LEN];

	return path_open(AT_FDCWD, path_of_fd(fd, name), PATH_HOST_MAGIC, O_RDWR, 0);
}

static void a_held_lock_is_waited_for_until_the_deadline(void **state)
{
	autofd int first = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_RDWR | O_TMPFILE, 0600);
	autofd int second = open_again(first);

	(void)state;
	assert_true(first >= 0 && second >= 0);
	assert_int_equal(lock_try(first, LOCK_EXCLUSIVE), 0);
	assert_int_equal(lock_try(second, LOCK_SHARED), -EAGAIN);
	assert_int_equal(lock_wait(second, LOCK_EXCLUSIVE, 0, clock_boot() + NSEC_PER_MSEC), -ETIMEDOUT);
	(void)close(take_fd(first));
	assert_int_equal(lock_wait(second, LOCK_EXCLUSIVE, 0, clock_boot() + NSEC_PER_SEC), 0);
}

static void waiting_ends_when_the_caller_cancels(void **state)
{
	autofd int first = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_RDWR | O_TMPFILE, 0600);
	autofd int second = open_again(first);
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(lock_try(first, LOCK_SHARED), 0);
	assert_int_equal(lock_wait(second, LOCK_EXCLUSIVE, ends[0], clock_boot() + NSEC_PER_SEC), -ECANCELED);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_held_lock_is_waited_for_until_the_deadline),
		cmocka_unit_test(waiting_ends_when_the_caller_cancels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
