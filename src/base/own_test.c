/* SPDX-License-Identifier: Apache-2.0 */
#include "base/own.h"

#include <fcntl.h>

#include "base/test.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void a_stretch_closes_at_its_outermost_end_what_it_was_given(void **state)
{
	int fds[4], kept, high = fcntl(0, F_DUPFD_CLOEXEC, 200);

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = fcntl(0, F_DUPFD_CLOEXEC, 40);
	kept = fds[2];
	own_defer_begin();
	own_defer_begin();
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] != kept)
			own_close(&fds[i]);
	own_close(&high);
	assert_false(is_open(high)); /* beyond what is kept account of */
	own_defer_end();
	assert_true(is_open(fds[0]));
	errno = EXDEV;
	own_defer_end();
	assert_int_equal(errno, EXDEV);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		assert_int_equal(is_open(fds[i]), fds[i] == kept);
	(void)close(kept);
}

static void outside_of_a_stretch_it_is_closed_at_once(void **state)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3), none = -EBADF;

	own_close(&none);
	own_close(&fd);
	assert_false(is_open(fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stretch_closes_at_its_outermost_end_what_it_was_given),
		cmocka_unit_test(outside_of_a_stretch_it_is_closed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
