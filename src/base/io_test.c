/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/test.h"

static void descriptors_travel_and_arrive_close_on_exec(void **state)
{
	int pair[2], sent[2] = { 0, 1 }, got[4];
	size_t n = ARRAY_SIZE(got);
	char text[8];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(io_send_fds(pair[0], "ab", 2, sent, 2), 0);
	assert_int_equal(io_recv_fds(pair[1], text, sizeof(text), got, &n), 2);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_true(fcntl(got[i], F_GETFD) & FD_CLOEXEC);
		(void)close(got[i]);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void surplus_descriptors_are_closed_and_refused(void **state)
{
	int pair[2], sent[3] = { 0, 0, 0 }, got[1], before, after;
	size_t n = 1;
	char text[8];

	before = dup(0);
	(void)close(before);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(io_send_fds(pair[0], "a", 1, sent, 3), 0);
	assert_int_equal(io_recv_fds(pair[1], text, sizeof(text), got, &n), -EMSGSIZE);
	assert_int_equal(n, 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
	after = dup(0);
	(void)close(after);
	assert_int_equal(before, after);
}

static void reading_stops_at_the_maximum(void **state)
{
	autostr struct str s = STR_INIT;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_full(ends[1], "0123456789", 10), 0);
	(void)close(ends[1]);
	assert_int_equal(io_read_all(ends[0], 9, &s), -EFBIG);
	(void)close(ends[0]);
}

static void a_replaced_file_is_old_or_new_and_leaves_no_temporary(void **state)
{
	char name[] = "/tmp/io_test.XXXXXX";
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0), dir = -EBADF;
	autostr struct str s = STR_INIT;
	struct err e = ERR_INIT;

	assert_non_null(mkdtemp(name));
	dir = path_open(AT_FDCWD, name, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	assert_int_equal(file_replace(dir, "f", "old", 3, 0600, FILE_DURABLE, &e), 0);
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_int_equal(file_replace(dir, "d", "new", 3, 0600, FILE_ATOMIC, &e), -1);
	assert_int_equal(file_replace(dir, "f", "new", 3, 0600, FILE_ATOMIC, &e), 0);
	assert_int_equal(file_read(dir, "f", 10, &s, &e), 0);
	assert_string_equal(s.data, "new");
	assert_int_equal(file_read(dir, "f", 2, &s, &e), -1);
	assert_int_equal(unlinkat(dir, "f", 0), 0);
	assert_int_equal(unlinkat(dir, "d", AT_REMOVEDIR), 0);
	/* Empty: rmdir succeeds only when no temporary file was left. */
	assert_int_equal(unlinkat(tmp, name + 5, AT_REMOVEDIR), 0);
}

static void a_placed_file_takes_the_place_of_what_has_its_name_and_leaves_no_temporary(void **state)
{
	char name[] = "/tmp/io_test.XXXXXX";
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0), dir = -EBADF;
	autostr struct str s = STR_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	assert_non_null(mkdtemp(name));
	dir = path_open(AT_FDCWD, name, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	assert_int_equal(file_place(dir, "f", "old", 3, 0640, &e), 0);
	assert_int_equal(symlinkat("f", dir, "l"), 0);
	assert_int_equal(file_place(dir, "l", "not through it", 14, 0640, &e), 0);
	assert_int_equal(file_read(dir, "f", 10, &s, &e), 0);
	assert_string_equal(s.data, "old");
	assert_int_equal(file_place(dir, "f", "new", 3, 0640, &e), 0);
	str_clear(&s);
	assert_int_equal(file_read(dir, "f", 10, &s, &e), 0);
	assert_string_equal(s.data, "new");
	assert_int_equal(fstatat(dir, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_int_equal(file_place(dir, "d", "new", 3, 0640, &e), -1);
	assert_int_equal(unlinkat(dir, "f", 0), 0);
	assert_int_equal(unlinkat(dir, "l", 0), 0);
	assert_int_equal(unlinkat(dir, "d", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(tmp, name + 5, AT_REMOVEDIR), 0);
}

static void times_are_rfc_3339_with_nine_digits(void **state)
{
	char text[CLOCK_TEXT];

	assert_string_equal(clock_format(INT64_C(1700000000000000001), text), "2023-11-14T22:13:20.000000001Z");
	assert_string_equal(clock_format(0, text), "0001-01-01T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_travel_and_arrive_close_on_exec),
		cmocka_unit_test(surplus_descriptors_are_closed_and_refused),
		cmocka_unit_test(reading_stops_at_the_maximum),
		cmocka_unit_test(a_replaced_file_is_old_or_new_and_leaves_no_temporary),
		cmocka_unit_test(a_placed_file_takes_the_place_of_what_has_its_name_and_leaves_no_temporary),
		cmocka_unit_test(times_are_rfc_3339_with_nine_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
