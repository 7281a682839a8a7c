/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#include "base/clock.h"
#include "base/test.h"

static void width_counts_columns_not_bytes(void **state)
{
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("h\xc3\xa9llo"), 5);
	assert_int_equal(text_width("e\xcc\x81"), 1);		  /* combining acute */
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4); /* two ideographs */
	assert_int_equal(text_width("\xff\xfe"), 2);
}

static void control_characters_cannot_reach_a_terminal(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "plain caf\xc3\xa9", "plain caf\xc3\xa9" },
		{ "\x1b[31mred\n\t\x7f", "\\x1b[31mred\\x0a\\x09\\x7f" },
		{ "\xc2\x9b" "31m", "\\u{9b}31m" },			/* CSI as one C1 character */
		{ "a\xe2\x80\xae" "b", "a\\u{202e}b" },			/* right-to-left override */
		{ "\x9b\xc0\x80", "\\x9b\\xc0\\x80" },			/* raw C1, overlong NUL */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },			/* a surrogate */
		{ "cut\xe2\x80", "cut\\xe2\\x80" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		text_escape(&out, cases[i].in, strlen(cases[i].in));
		assert_string_equal(str_text(&out), cases[i].out);
	}
}

static void cutting_keeps_whole_characters_and_says_so(void **state)
{
	static const struct { const char *in; size_t columns; const char *out; } cases[] = {
		{ "abcde", 5, "abcde" },
		{ "abcdef", 5, "abcd\xe2\x80\xa6" },
		{ "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4, "\xe6\xbc\xa2\xe2\x80\xa6" },
		{ "", 0, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		text_cut(&out, cases[i].in, cases[i].columns);
		assert_string_equal(str_text(&out), cases[i].out);
	}
}

static void sizes_read_as_docker_prints_them(void **state)
{
	static const struct { uint64_t bytes; const char *decimal, *binary; } cases[] = {
		{ 0, "0B", "0B" },
		{ 999, "999B", "999B" },
		{ 1000, "1kB", "1000B" },
		{ 7834560, "7.83MB", "7.472MiB" },
		{ 536870912, "537MB", "512MiB" },
		{ 145000000000, "145GB", "135GiB" },
		{ UINT64_MAX, "18.4EB", "16EiB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str decimal = STR_INIT, binary = STR_INIT;

		text_size(&decimal, cases[i].bytes);
		text_size_binary(&binary, cases[i].bytes);
		assert_string_equal(str_text(&decimal), cases[i].decimal);
		assert_string_equal(str_text(&binary), cases[i].binary);
		str_done(&binary);
	}
}

static void durations_read_as_docker_prints_them(void **state)
{
	enum { MIN = 60, HOUR = 3600, DAY = 86400 };
	static const struct { int64_t seconds; const char *text; } cases[] = {
		{ 0, "Less than a second" }, { -5, "Less than a second" }, { 1, "1 second" },
		{ 59, "59 seconds" }, { MIN, "About a minute" }, { 2 * MIN, "2 minutes" },
		{ HOUR - 1, "59 minutes" }, { HOUR, "About an hour" }, { 90 * MIN, "2 hours" },
		{ 47 * HOUR, "47 hours" }, { 2 * DAY, "2 days" }, { 13 * DAY, "13 days" },
		{ 14 * DAY, "2 weeks" }, { 59 * DAY, "8 weeks" }, { 60 * DAY, "2 months" },
		{ 729 * DAY, "24 months" }, { 730 * DAY, "2 years" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		text_duration(&out, cases[i].seconds * NSEC_PER_SEC);
		assert_string_equal(str_text(&out), cases[i].text);
	}
}

static const char *nearest(const char *word)
{
	static const char *const words[] = { "run", "rm", "rmi", "restart", "images", "inspect", "entrypoint" };
	struct text_nearest near = TEXT_NEAREST_INIT(word);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		text_nearest_try(&near, words[i]);
	return near.best ? near.best : "";
}

static void the_nearest_word_is_offered_only_when_it_is_near(void **state)
{
	assert_string_equal(nearest("rnu"), "run");
	assert_string_equal(nearest("imagse"), "images");
	assert_string_equal(nearest("entry-point"), "entrypoint");
	assert_string_equal(nearest("inspcet"), "inspect");
	assert_string_equal(nearest("build"), "");
	assert_string_equal(nearest("x"), "");
	assert_string_equal(nearest("a-word-that-is-longer-than-any-word-anybody-types"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width_counts_columns_not_bytes),
		cmocka_unit_test(control_characters_cannot_reach_a_terminal),
		cmocka_unit_test(cutting_keeps_whole_characters_and_says_so),
		cmocka_unit_test(sizes_read_as_docker_prints_them),
		cmocka_unit_test(durations_read_as_docker_prints_them),
		cmocka_unit_test(the_nearest_word_is_offered_only_when_it_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
