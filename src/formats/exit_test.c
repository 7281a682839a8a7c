/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/path.h"
#include "formats/exit.h"

static const struct exit_record sample = {
	.code = 137,
	.oom_killed = true,
	.started = 1700000000123456789,
	.finished = 1700000001123456789,
	.boot_id = "6fd5b8c2-0d57-4c8e-9a54-0fd4a6ee4b2e",
};

static void record_is_read_back_as_written(void **state)
{
	char name[] = "/tmp/lighter-exit-XXXXXX";
	struct exit_record got;
	struct err e = ERR_INIT;
	int dir;

	assert_non_null(mkdtemp(name));
	dir = path_open(AT_FDCWD, name, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	assert_true(dir >= 0);
	assert_int_equal(exit_record_read(dir, &got, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(exit_record_write(dir, &sample, true, &e), 0);
	assert_int_equal(exit_record_read(dir, &got, &e), 0);
	assert_int_equal(got.code, 137);
	assert_true(got.oom_killed && !got.unknown && !got.keeper_lost);
	assert_true(got.started == sample.started && got.finished == sample.finished);
	assert_string_equal(got.boot_id, sample.boot_id);
	(void)unlinkat(dir, EXIT_FILE, 0);
	(void)close(dir);
	assert_int_equal(rmdir(name), 0);
}

static void every_flipped_bit_is_noticed(void **state)
{
	uint8_t bytes[EXIT_RECORD_SIZE];
	struct exit_record got;
	struct err e = ERR_INIT;

	exit_record_encode(&sample, bytes);
	assert_int_equal(exit_record_decode(bytes, sizeof(bytes), &got, &e), 0);
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		assert_int_equal(exit_record_decode(bytes, sizeof(bytes), &got, &e), -1);
		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
}

static void record_of_another_length_is_refused(void **state)
{
	uint8_t bytes[EXIT_RECORD_SIZE + 1] = { 0 };
	struct exit_record got;
	struct err e = ERR_INIT;

	exit_record_encode(&sample, bytes);
	assert_int_equal(exit_record_decode(bytes, sizeof(bytes), &got, &e), -1);
	assert_int_equal(exit_record_decode(bytes, EXIT_RECORD_SIZE - 1, &got, &e), -1);
	assert_int_equal(exit_record_decode(bytes, 0, &got, &e), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_read_back_as_written),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(record_of_another_length_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
