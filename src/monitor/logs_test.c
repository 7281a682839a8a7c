/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <string.h>

#include "base/path.h"
#include "formats/logfile_reader.h"
#include "monitor/logs.h"

#define WHEN INT64_C(1700000000000000000)

static char place[32];
static int dir = -EBADF;
static struct logs_shared shared;

static int setup(void **state)
{
	memcpy(place, "/tmp/lighter-logs-XXXXXX", 25);
	assert_non_null(mkdtemp(place));
	dir = path_open(AT_FDCWD, place, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	shared = (struct logs_shared){ .rotating = 0 };
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

static struct logs logs_new(uint64_t max_size, uint32_t max_files)
{
	struct logs l = { .dir = dir, .name = "log", .max_size = max_size, .max_files = max_files, .shared = &shared };
	struct err e = ERR_INIT;

	assert_int_equal(logs_open(&l, &e), 0);
	return l;
}

static void write_lines(struct logs *l, const char *bytes, size_t len)
{
	struct logs_input in = { .bytes = bytes, .len = len, .stream = 1, .time = WHEN };
	struct err e = ERR_INIT;

	while (in.len > 0) {
		struct logs_chunk chunk;

		assert_int_equal(logs_prepare(l, &in, &chunk, &e), 0);
		assert_true(chunk.consumed > 0);
		assert_int_equal(logs_append(l, &chunk, WHEN, &e), 0);
		in.bytes += chunk.consumed;
		in.len -= chunk.consumed;
	}
}

/* ---- splitting ---- */

static void encode(const char *bytes, size_t len, bool final, struct logs_chunk *ret, char *out, size_t room)
{
	struct logs_input in = { .bytes = bytes, .len = len, .stream = 1, .time = WHEN, .final = final };

	logs_encode(&in, UINT64_MAX, out, room, ret);
	out[ret->len] = '\0';
}

static void unfinished_line_waits_unless_it_is_the_end(void **state)
{
	static char out[LOGFILE_LINE_MAX * 2];
	struct logs_chunk c;

	encode("a\nb", 3, false, &c, out, sizeof(out) - 1);
	assert_int_equal(c.consumed, 2);
	assert_int_equal(c.lines, 1);
	assert_string_equal(out, "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
	encode("b", 1, true, &c, out, sizeof(out) - 1);
	assert_int_equal(c.consumed, 1);
	assert_string_equal(out, "{\"log\":\"b\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
}

static void line_of_16384_bytes_is_two_pieces_as_in_docker(void **state)
{
	static char text[LOGFILE_PIECE + 1], out[LOGFILE_LINE_MAX * 3];
	struct logs_chunk c;

	memset(text, 'x', LOGFILE_PIECE);
	text[LOGFILE_PIECE] = '\n';
	encode(text, sizeof(text), false, &c, out, sizeof(out) - 1);
	assert_int_equal(c.lines, 2);
	assert_int_equal(c.consumed, sizeof(text));
	assert_non_null(strstr(out, "{\"log\":\"\\n\",")); /* the second piece is the newline alone */
	/* One byte less fits. */
	encode(text + 1, sizeof(text) - 1, false, &c, out, sizeof(out) - 1);
	assert_int_equal(c.lines, 1);
}

static void all_pieces_of_a_line_carry_its_first_time(void **state)
{
	static char text[2 * LOGFILE_PIECE], out[LOGFILE_LINE_MAX * 4];
	struct logs_input in = { .bytes = text, .len = LOGFILE_PIECE + 10, .stream = 2, .time = WHEN };
	struct logs_chunk first, second;

	memset(text, 'x', sizeof(text));
	text[LOGFILE_PIECE + 20] = '\n';
	logs_encode(&in, UINT64_MAX, out, sizeof(out), &first);
	assert_int_equal(first.consumed, LOGFILE_PIECE);
	assert_true(first.partial && first.partial_time == WHEN);
	in = (struct logs_input){
		.bytes = text + LOGFILE_PIECE, .len = 21, .stream = 2, .time = WHEN + 1000000000,
		.partial = first.partial, .partial_time = first.partial_time,
	};
	logs_encode(&in, UINT64_MAX, out, sizeof(out) - 1, &second);
	out[second.len] = '\0';
	assert_false(second.partial);
	assert_non_null(strstr(out, "22:13:20Z"));
}

static void output_buffer_is_never_overrun(void **state)
{
	static char text[LOGFILE_PIECE * 4], out[LOGFILE_LINE_MAX + 200];
	struct logs_chunk c;

	memset(text, '\1', sizeof(text)); /* six bytes each */
	encode(text, sizeof(text), false, &c, out, sizeof(out) - 1);
	assert_int_equal(c.lines, 1);
	assert_true(c.len <= LOGFILE_LINE_MAX);
}

/* ---- files ---- */

static uint64_t size_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

static void file_is_rotated_before_the_line_that_finds_it_full(void **state)
{
	struct logs l = logs_new(200, 3); /* a line is 62 bytes: full after four */

	for (int i = 0; i < 30; i++) {
		char text[2] = { (char)('a' + i % 26), '\n' };

		write_lines(&l, text, 2);
	}
	assert_int_equal(size_of("log.1"), 248);
	assert_int_equal(size_of("log.2"), 248);
	assert_int_equal(size_of("log"), 124);
	assert_int_equal(size_of("log.3"), 0);
	assert_int_equal(size_of("log.2.index"), 4 * LOGFILE_INDEX_SIZE);
	assert_int_equal(size_of("log.3.index"), 0);
	logs_close(&l);
}

static void one_batch_rotates_where_single_lines_would(void **state)
{
	struct logs l = logs_new(200, 3);
	char text[60];

	for (int i = 0; i < 30; i++)
		memcpy(text + 2 * i, "x\n", 2);
	write_lines(&l, text, sizeof(text));
	assert_int_equal(size_of("log.1"), 248);
	assert_int_equal(size_of("log.2"), 248);
	assert_int_equal(size_of("log"), 124);
	logs_close(&l);
}

static void single_file_begins_anew(void **state)
{
	struct logs l = logs_new(100, 1);

	for (int i = 0; i < 5; i++)
		write_lines(&l, "x\n", 2);
	assert_int_equal(size_of("log"), 62);
	assert_int_equal(size_of("log.1"), 0);
	logs_close(&l);
}

/* Whatever the step at which a rotation is cut short, the next opener completes it and no file is lost or moved twice. */
static void rotation_cut_short_is_completed(void **state)
{
	static const struct {
		const char *from, *to;
	} rotation[] = { /* of three files, the last step first */
		{ "log.index", "log.1.index" }, { "log", "log.1" }, { "log.1.index", "log.2.index" },
		{ "log.1", "log.2" }, { "log.2.index", NULL }, { "log.2", NULL },
	};

	for (uint32_t step = 1; step <= 6; step++) {
		struct logs l = logs_new(60, 3);

		for (int i = 0; i < 3; i++) {
			char text[2] = { (char)('a' + i), '\n' };

			write_lines(&l, text, 2);
		}
		logs_close(&l);
		/* The steps before this one were done by the monitor that died. */
		for (uint32_t done = 6; done > step; done--)
			assert_int_equal(rotation[done - 1].to ?
				renameat(dir, rotation[done - 1].from, dir, rotation[done - 1].to) :
				unlinkat(dir, rotation[done - 1].from, 0), 0);
		shared.rotating = step;
		l = logs_new(60, 3);
		assert_int_equal(shared.rotating, 0);
		assert_true(size_of("log.2") == 62 && size_of("log.1") == 62 && size_of("log") == 0);
		logs_close(&l);
		(void)teardown(NULL);
		(void)setup(NULL);
	}
}

static void full_disk_drops_output_but_never_half_a_line(void **state)
{
	struct logs l = logs_new(0, 1);
	struct logs_input in = { .bytes = "x\ny\n", .len = 4, .stream = 1, .time = WHEN };
	struct logs_chunk chunk;
	struct err e = ERR_INIT;
	int full = path_open(AT_FDCWD, "/dev/full", PATH_HOST, O_WRONLY, 0), fd;

	assert_int_equal(logs_prepare(&l, &in, &chunk, &e), 0);
	fd = l.index_fd;
	l.index_fd = full; /* the log takes the bytes, the index does not */
	assert_int_equal(logs_append(&l, &chunk, WHEN, &e), -1); /* a device cannot be cut back */
	l.index_fd = fd;
	assert_int_equal(size_of("log"), 0);
	assert_int_equal(l.lost, 4);
	(void)close(full);
	logs_close(&l);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unfinished_line_waits_unless_it_is_the_end),
		cmocka_unit_test(line_of_16384_bytes_is_two_pieces_as_in_docker),
		cmocka_unit_test(all_pieces_of_a_line_carry_its_first_time),
		cmocka_unit_test(output_buffer_is_never_overrun),
		TEST(file_is_rotated_before_the_line_that_finds_it_full),
		TEST(one_batch_rotates_where_single_lines_would),
		TEST(single_file_begins_anew),
		TEST(rotation_cut_short_is_completed),
		TEST(full_disk_drops_output_but_never_half_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
