/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <poll.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/io.h"
#include "base/path.h"
#include "formats/logfile.h"
#include "formats/logfile_reader.h"

#define WHEN INT64_C(1700000000000000000)

static char place[] = "/tmp/lighter-reader-XXXXXX";
static int dir = -EBADF;

static int setup(void **state)
{
	memcpy(place, "/tmp/lighter-reader-XXXXXX", sizeof(place));
	assert_non_null(mkdtemp(place));
	dir = path_open(AT_FDCWD, place, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)close(dir);
	dir = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	(void)path_remove_tree(dir, place + sizeof("/tmp/") - 1);
	(void)close(dir);
	return 0;
}

static void append(const char *name, const char *bytes, size_t len)
{
	autofd int fd = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, bytes, len), 0);
}

/* Line number n at second n, with its index record. */
static void add_line(const char *name, int n)
{
	struct logfile_index index = { .time = WHEN + n * 1000000000LL, .lines = 1 };
	char line[256], text[32], index_name[64];
	uint8_t bytes[LOGFILE_INDEX_SIZE];
	struct stat st = { .st_size = 0 };
	size_t len;

	(void)snprintf(text, sizeof(text), "line %d", n);
	(void)snprintf(index_name, sizeof(index_name), "%s.index", name);
	len = logfile_text(text, strlen(text), true, line);
	len += logfile_tail(1, index.time, line + len);
	(void)fstatat(dir, name, &st, 0);
	index.offset = (uint64_t)st.st_size;
	index.length = len;
	index.crc = crc32c(0, line, len);
	append(name, line, len);
	logfile_index_encode(&index, bytes);
	append(index_name, (const char *)bytes, sizeof(bytes));
}

static struct logfile_reader *reader(int64_t tail, int64_t since)
{
	struct logfile_read how = { .dir = dir, .name = "log", .tail = tail, .since = since };
	struct logfile_reader *r = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(logfile_reader_open(&how, &r, &e), 0);
	return r;
}

static void expect_line(struct logfile_reader *r, int n)
{
	struct logfile_record record;
	struct err e = ERR_INIT;
	char text[32];

	(void)snprintf(text, sizeof(text), "line %d\n", n);
	assert_int_equal(logfile_reader_next(r, &record, &e), 1);
	assert_string_equal(record.bytes, text);
}

static void expect_word(struct logfile_reader *r, const char *word)
{
	struct logfile_record record;
	struct err e = ERR_INIT;

	assert_int_equal(logfile_reader_next(r, &record, &e), 1);
	assert_int_equal(record.stream, 2);
	assert_non_null(strstr(record.bytes, word));
}

static void expect_end(struct logfile_reader *r)
{
	struct logfile_record record;
	struct err e = ERR_INIT;

	assert_int_equal(logfile_reader_next(r, &record, &e), 0);
}

static void rotate(void)
{
	(void)renameat(dir, "log.1", dir, "log.2");
	(void)renameat(dir, "log.1.index", dir, "log.2.index");
	(void)renameat(dir, "log", dir, "log.1");
	(void)renameat(dir, "log.index", dir, "log.1.index");
}

static void missing_log_is_empty_and_may_appear_later(void **state)
{
	struct logfile_reader *r = reader(-1, 0);

	expect_end(r);
	add_line("log", 1);
	expect_line(r, 1);
	expect_end(r);
	logfile_reader_free(r);
}

static void files_are_read_oldest_first(void **state)
{
	struct logfile_reader *r;

	add_line("log.2", 1);
	add_line("log.1", 2);
	add_line("log.1", 3);
	add_line("log", 4);
	r = reader(-1, 0);
	for (int n = 1; n <= 4; n++)
		expect_line(r, n);
	expect_end(r);
	logfile_reader_free(r);
}

static void reader_follows_rotation(void **state)
{
	struct logfile_reader *r;
	struct pollfd fd = { .events = POLLIN };

	add_line("log", 1);
	r = reader(-1, 0);
	expect_line(r, 1);
	expect_end(r);
	fd.fd = logfile_reader_fd(r);
	assert_int_equal(poll(&fd, 1, 0), 0);
	add_line("log", 2);
	rotate();
	add_line("log", 3);
	assert_int_equal(poll(&fd, 1, 0), 1);
	expect_line(r, 2);
	expect_line(r, 3);
	rotate();
	expect_end(r);
	add_line("log", 4);
	expect_line(r, 4);
	expect_end(r);
	assert_int_equal(poll(&fd, 1, 0), 0);
	logfile_reader_free(r);
}

static void reader_that_is_overtaken_says_so(void **state)
{
	struct logfile_reader *r;

	add_line("log", 1);
	r = reader(-1, 0);
	expect_line(r, 1);
	assert_int_equal(unlinkat(dir, "log", 0), 0);
	assert_int_equal(unlinkat(dir, "log.index", 0), 0);
	add_line("log", 9);
	expect_word(r, "rotated away");
	expect_line(r, 9);
	logfile_reader_free(r);
}

static void tail_counts_over_all_files(void **state)
{
	struct logfile_reader *r;

	for (int n = 1; n <= 3; n++)
		add_line("log.1", n);
	for (int n = 4; n <= 5; n++)
		add_line("log", n);
	for (int tail = 1; tail <= 7; tail++) {
		r = reader(tail, 0);
		for (int n = tail >= 5 ? 1 : 6 - tail; n <= 5; n++)
			expect_line(r, n);
		expect_end(r);
		logfile_reader_free(r);
	}
	r = reader(0, 0);
	expect_end(r);
	add_line("log", 6);
	expect_line(r, 6);
	logfile_reader_free(r);
}

static void since_leaves_out_older_lines_with_and_without_index(void **state)
{
	struct logfile_reader *r;

	for (int n = 1; n <= 5; n++)
		add_line("log", n);
	for (int pass = 0; pass < 2; pass++) {
		r = reader(-1, WHEN + 4000000000LL);
		expect_line(r, 4);
		expect_line(r, 5);
		expect_end(r);
		logfile_reader_free(r);
		(void)unlinkat(dir, "log.index", 0);
	}
}

static void damage_is_reported_and_reading_goes_on(void **state)
{
	struct logfile_reader *r;

	add_line("log", 1);
	append("log", "{\"log\":\"torn\xff\n\n\0\0", 17);
	append("log", "\n", 1);
	add_line("log", 2);
	r = reader(-1, 0);
	expect_line(r, 1);
	expect_word(r, "damaged: 18 bytes");
	expect_line(r, 2);
	expect_end(r);
	logfile_reader_free(r);
}

static void changed_text_is_found_by_its_checksum(void **state)
{
	struct logfile_reader *r;
	autofd int fd = -EBADF;

	add_line("log", 1);
	add_line("log", 2);
	fd = path_open(dir, "log", PATH_OWN, O_WRONLY, 0);
	assert_int_equal(pwrite(fd, "7", 1, 13), 1); /* line 1 -> line 7: valid JSON */
	r = reader(-1, 0);
	expect_line(r, 7);
	expect_word(r, "damaged");
	expect_line(r, 2);
	expect_end(r);
	logfile_reader_free(r);
}

static void unfinished_line_waits_for_its_rest(void **state)
{
	struct logfile_reader *r;

	add_line("log", 1);
	append("log", "{\"log\":\"line 2\\n\",\"stream\":\"std", 31);
	r = reader(-1, 0);
	expect_line(r, 1);
	expect_end(r);
	append("log", "out\",\"time\":\"2023-11-14T22:13:20Z\"}\n", 36);
	expect_line(r, 2);
	expect_end(r);
	logfile_reader_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(missing_log_is_empty_and_may_appear_later),
		TEST(files_are_read_oldest_first),
		TEST(reader_follows_rotation),
		TEST(reader_that_is_overtaken_says_so),
		TEST(tail_counts_over_all_files),
		TEST(since_leaves_out_older_lines_with_and_without_index),
		TEST(damage_is_reported_and_reading_goes_on),
		TEST(changed_text_is_found_by_its_checksum),
		TEST(unfinished_line_waits_for_its_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
