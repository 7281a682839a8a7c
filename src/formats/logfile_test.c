/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <string.h>

#include "formats/logfile.h"

#define WHEN INT64_C(1700000000120000000) /* 2023-11-14T22:13:20.12Z */

static void encodes(const char *text, size_t len, const char *wanted)
{
	char to[4096];
	size_t n = logfile_text(text, len, false, to);

	to[n] = '\0';
	assert_string_equal(to + 8, wanted);
	assert_memory_equal(to, "{\"log\":\"", 8);
}

#define ENCODES(text, wanted) encodes(text, sizeof(text) - 1, wanted)

static void text_is_escaped_as_docker_escapes_it(void **state)
{
	ENCODES("plain", "plain");
	ENCODES("", "");
	ENCODES("a\"b\\c", "a\\\"b\\\\c");
	ENCODES("a\tb\rc\nd", "a\\u0009b\\rc\\nd");
	ENCODES("<&>", "\\u003c\\u0026\\u003e");
	ENCODES("\0\x1b[0m\x7f", "\\u0000\\u001b[0m\x7f");
	ENCODES("\u00e4\u20ac\U0001f600", "\u00e4\u20ac\U0001f600");
	ENCODES("\u2028x\u2029", "\\u2028x\\u2029");
}

static void bytes_that_are_not_utf8_become_one_replacement_each(void **state)
{
	ENCODES("\xff\xfe", "\\ufffd\\ufffd");
	ENCODES("\xc3", "\\ufffd");
	ENCODES("\xe2\x82", "\\ufffd\\ufffd");
	ENCODES("\xc0\x80", "\\ufffd\\ufffd");	       /* not the shortest form */
	ENCODES("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"); /* a surrogate */
	ENCODES("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
}

/* Whatever lies where in a block of sixteen, the result is that of one byte at a time. */
static void block_borders_change_nothing(void **state)
{
	for (size_t at = 0; at < 40; at++) {
		char text[48], wanted[96], to[600];
		size_t n;

		memset(text, 'x', sizeof(text));
		memcpy(text + at, "\xe2\x82\xac\"", 4);
		n = logfile_text(text, sizeof(text), false, to);
		memset(wanted, 'x', sizeof(wanted));
		memcpy(wanted + at, "\xe2\x82\xac\\\"", 5);
		assert_int_equal(n, 8 + sizeof(text) + 1);
		assert_memory_equal(to + 8, wanted, sizeof(text) + 1);
	}
}

static void time_loses_its_trailing_zeros(void **state)
{
	char tail[LOGFILE_TAIL];
	size_t n = logfile_tail(1, WHEN, tail);

	tail[n] = '\0';
	assert_string_equal(tail, "\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20.12Z\"}\n");
	n = logfile_tail(2, WHEN - 120000000, tail);
	tail[n] = '\0';
	assert_string_equal(tail, "\",\"stream\":\"stderr\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
	n = logfile_tail(2, WHEN + 7, tail);
	tail[n] = '\0';
	assert_string_equal(tail, "\",\"stream\":\"stderr\",\"time\":\"2023-11-14T22:13:20.120000007Z\"}\n");
}

static void encoded_line_is_decoded_again(void **state)
{
	static const char text[] = "a\0b\t\"<\u20ac";
	autostr struct str got = STR_INIT;
	char line[512];
	struct err e = ERR_INIT;
	int64_t time;
	int stream;
	size_t n = logfile_text(text, sizeof(text) - 1, true, line);

	n += logfile_tail(2, WHEN + 7, line + n);
	assert_int_equal(logfile_decode(line, n - 1, &got, &stream, &time, &e), 0);
	assert_int_equal(stream, 2);
	assert_true(time == WHEN + 7);
	assert_int_equal(got.len, sizeof(text));
	assert_memory_equal(got.data, text, sizeof(text) - 1);
	assert_int_equal(got.data[got.len - 1], '\n');
}

static void half_a_line_is_an_error(void **state)
{
	static const char line[] = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20Z\"}";
	autostr struct str got = STR_INIT;
	struct err e = ERR_INIT;
	int64_t time;
	int stream;

	assert_int_equal(logfile_decode(line, sizeof(line) - 1, &got, &stream, &time, &e), 0);
	for (size_t len = 0; len < sizeof(line) - 1; len++)
		assert_int_equal(logfile_decode(line, len, &got, &stream, &time, &e), -1);
	assert_int_equal(logfile_decode("{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"2023-11-14T22:13:20Z\"}", 57, &got,
					&stream, &time, &e), -1);
}

static void index_record_with_a_flipped_bit_is_refused(void **state)
{
	struct logfile_index in = { .offset = 5, .length = 7, .time = WHEN, .lines = 3, .crc = 9 }, out;
	uint8_t bytes[LOGFILE_INDEX_SIZE];

	logfile_index_encode(&in, bytes);
	assert_int_equal(logfile_index_decode(bytes, &out), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		assert_int_equal(logfile_index_decode(bytes, &out), -EBADMSG);
		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped_as_docker_escapes_it),
		cmocka_unit_test(bytes_that_are_not_utf8_become_one_replacement_each),
		cmocka_unit_test(block_borders_change_nothing),
		cmocka_unit_test(time_loses_its_trailing_zeros),
		cmocka_unit_test(encoded_line_is_decoded_again),
		cmocka_unit_test(half_a_line_is_an_error),
		cmocka_unit_test(index_record_with_a_flipped_bit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
