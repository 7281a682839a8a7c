/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"

static const struct userns_extent extents[] = { { 0, 100000, 1 }, { 1, 200000, 65535 }, { UINT32_MAX - 1, 5, 1 } };
static const struct userns_map map = { extents, ARRAY_SIZE(extents) };

static void an_inner_id_has_one_outer_id_or_none(void **state)
{
	uint32_t id = 42;

	assert_true(userns_outside(&map, 0, &id));
	assert_int_equal(id, 100000);
	assert_true(userns_outside(&map, 65535, &id));
	assert_int_equal(id, 265534);
	assert_false(userns_outside(&map, 65536, &id));
	assert_int_equal(id, 265534); /* untouched */
	assert_true(userns_outside(&map, UINT32_MAX - 1, &id));
	assert_int_equal(id, 5);
	assert_false(userns_outside(&map, UINT32_MAX, &id));
}

static int look_inside(int userns)
{
	if (setns(userns, CLONE_NEWUSER) < 0 || setresuid(7, 7, 7) < 0)
		return 1;
	return getuid() == 7 && setresuid(70000, 70000, 70000) < 0 && errno == EINVAL ? 0 : 2;
}

static void a_made_namespace_has_these_maps_and_no_process(void **state)
{
	const struct userns_map some = { extents, 2 };
	autofd int fd = -EBADF;
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	fd = userns_make(&some, &some);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, NS_GET_NSTYPE), CLONE_NEWUSER);
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1); /* the child that lent it is gone */
	pid = fork();
	if (pid == 0)
		_exit(look_inside(fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void maps_that_overlap_are_refused(void **state)
{
	const struct userns_extent twice[] = { { 0, 1000, 10 }, { 5, 2000, 10 } };
	const struct userns_map bad = { twice, 2 };
	int status;

	if (geteuid() != 0)
		skip();
	assert_int_equal(userns_make(&bad, &bad), -EINVAL);
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inner_id_has_one_outer_id_or_none),
		cmocka_unit_test(a_made_namespace_has_these_maps_and_no_process),
		cmocka_unit_test(maps_that_overlap_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
