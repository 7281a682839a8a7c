/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/path.h"
#include "base/test.h"

static void every_kind_has_its_flag_and_file(void **state)
{
	assert_int_equal(ns_flag(NS_USER), CLONE_NEWUSER);
	assert_int_equal(ns_flag(NS_MNT), CLONE_NEWNS);
	assert_int_equal(ns_flag(NS_TIME), 0x80);
	assert_string_equal(ns_file(NS_CGROUP), "cgroup");
	for (int i = 0; i < NS_KINDS; i++)
		assert_true(ns_flag((enum ns_kind)i) != 0 && ns_file((enum ns_kind)i)[0]);
}

static void a_namespace_opens_as_its_own_kind_only(void **state)
{
	for (int i = 0; i < NS_KINDS; i++) {
		char path[40];
		autofd int fd = -EBADF;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_file((enum ns_kind)i));
		fd = ns_open(path, (enum ns_kind)i);
		assert_true(fd >= 0);
		assert_int_equal(ns_open(path, (enum ns_kind)((i + 1) % NS_KINDS)), -EINVAL);
	}
}

/* A FIFO would block an open for ever, a device could do anything. */
static void what_is_no_namespace_is_refused_without_opening_it(void **state)
{
	char dir[] = "/tmp/lighter-ns-XXXXXX", fifo[64];

	assert_non_null(mkdtemp(dir));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(ns_open(fifo, NS_NET), -EINVAL);
	assert_int_equal(ns_open("/dev/null", NS_NET), -EINVAL);
	assert_int_equal(ns_open(dir, NS_NET), -EINVAL);
	assert_int_equal(ns_open("/proc/self/status", NS_NET), -EINVAL);
	assert_int_equal(ns_open("/no/such/file", NS_NET), -ENOENT);
	(void)unlink(fifo);
	(void)rmdir(dir);
}

static void namespaces_of_a_process_open_below_its_directory(void **state)
{
	autofd int self = path_open(AT_FDCWD, "/proc/self", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	for (int i = 0; i < NS_KINDS; i++) {
		autofd int fd = ns_open_of(self, (enum ns_kind)i);

		assert_true(fd >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_flag_and_file),
		cmocka_unit_test(a_namespace_opens_as_its_own_kind_only),
		cmocka_unit_test(what_is_no_namespace_is_refused_without_opening_it),
		cmocka_unit_test(namespaces_of_a_process_open_below_its_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
