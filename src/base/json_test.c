/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <string.h>

#include "base/test.h"

static int parse(const char *text, struct json **ret, struct err *e)
{
	return json_parse(text, strlen(text), ret, e);
}

static void integers_are_exact_up_to_64_bits(void **state)
{
	autojson struct json *j = NULL;
	struct err e = ERR_INIT;
	uint64_t u;
	int64_t i;

	assert_int_equal(parse("[18446744073709551615, -9223372036854775808, 1.5]", &j, &e), 0);
	assert_int_equal(json_u64(json_array_at(j, 0), &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_i64(json_array_at(j, 0), &i), -ERANGE);
	assert_int_equal(json_i64(json_array_at(j, 1), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(json_u64(json_array_at(j, 1), &u), -ERANGE);
	assert_int_equal(json_i64(json_array_at(j, 2), &i), -EINVAL);
}

static void integers_beyond_64_bits_are_not_cut(void **state)
{
	static const char text[] = "[18446744073709551616, -9223372036854775809, 99999999999999999999999, \"18446744073709551616\", "
				   "\"\\\"18446744073709551616\", 0.18446744073709551616, 18446744073709551616e0]";
	autojson struct json *j = NULL, *bare = NULL;
	autostr struct str printed = STR_INIT;
	struct err e = ERR_INIT;
	uint64_t u;

	assert_int_equal(parse(text, &j, &e), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(json_u64(json_array_at(j, i), &u), -EINVAL);
		json_print(json_array_at(j, i), &printed);
	}
	assert_string_equal(str_text(&printed), "18446744073709551616.0-9223372036854775809.099999999999999999999999.0");
	assert_string_equal(json_string(json_array_at(j, 3), NULL), "18446744073709551616");
	assert_string_equal(json_string(json_array_at(j, 4), NULL), "\"18446744073709551616");
	assert_int_equal(parse("18446744073709551616", &bare, &e), 0);
	assert_int_equal(json_kind(bare), JSON_FLOAT);
}

static void bad_text_is_refused(void **state)
{
	static const char *const bad[] = { "", "{", "[1,]", "{\"a\":1}x", "\"\xff\"", "\"\xc1\xa9\"", "\"\xed\xa0\x80\"",
					   "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "nul", "['a']", "01" };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json *j = NULL;

		if (parse(bad[i], &j, &e) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.code, ERR_INVALID);
		assert_null(j);
	}
}

static void depth_is_bounded(void **state)
{
	autostr struct str s = STR_INIT;
	struct json *j = NULL;
	struct err e = ERR_INIT;

	for (int i = 0; i < 10000; i++)
		str_add_char(&s, '[');
	assert_int_equal(json_parse(s.data, s.len, &j, &e), -1);
}

static void a_bare_number_is_a_document(void **state)
{
	autojson struct json *j = NULL;
	int64_t i;

	assert_int_equal(parse("42", &j, NULL), 0);
	assert_int_equal(json_i64(j, &i), 0);
	assert_int_equal(i, 42);
}

static void the_writer_places_commas_and_escapes(void **state)
{
	autostr struct str s = STR_INIT;
	struct json_writer w = { .out = &s };

	json_object_begin(&w, NULL);
	json_add_bytes(&w, "a\n", "\x01\"\\\xff\xc3\xa9", 6);
	json_array_begin(&w, "b");
	json_add_u64(&w, NULL, UINT64_MAX);
	json_add_bool(&w, NULL, false);
	json_array_end(&w);
	json_object_begin(&w, "c");
	json_object_end(&w);
	json_object_end(&w);
	assert_string_equal(s.data, "{\"a\\n\":\"\\u0001\\\"\\\\\\ufffd\xc3\xa9\","
				    "\"b\":[18446744073709551615,false],\"c\":{}}");
}

static void indentation_is_dockers(void **state)
{
	autostr struct str s = STR_INIT;
	struct json_writer w = { .out = &s, .indent = 4 };

	json_array_begin(&w, NULL);
	json_object_begin(&w, NULL);
	json_add_string(&w, "a", NULL);
	json_object_end(&w);
	json_array_end(&w);
	assert_string_equal(s.data, "[\n    {\n        \"a\": null\n    }\n]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_exact_up_to_64_bits),
		cmocka_unit_test(integers_beyond_64_bits_are_not_cut),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(a_bare_number_is_a_document),
		cmocka_unit_test(the_writer_places_commas_and_escapes),
		cmocka_unit_test(indentation_is_dockers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
