/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <json-c/json.h>
#include <string.h>

#include "base/test.h"

static int parse(const char *text, struct json **ret, struct err *e)
{
	return json_parse(text, strlen(text), ret, e);
}

/* The n-th element of an array. */
static const struct json *element(const struct json *array, size_t n)
{
	struct json_items items = json_items(array);
	const struct json *item = NULL;

	for (size_t i = 0; i <= n; i++)
		assert_true(json_next(&items, &item));
	return item;
}

static void integers_are_exact_up_to_64_bits(void **state)
{
	autojson struct json *j = NULL;
	struct err e = ERR_INIT;
	uint64_t u;
	int64_t i;

	assert_int_equal(parse("[18446744073709551615, -9223372036854775808, 1.5, 18446744073709551616, -0]", &j, &e), 0);
	assert_int_equal(json_u64(element(j, 0), &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_i64(element(j, 0), &i), -ERANGE);
	assert_int_equal(json_i64(element(j, 1), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(json_u64(element(j, 1), &u), -ERANGE);
	assert_int_equal(json_i64(element(j, 2), &i), -EINVAL);
	assert_int_equal(json_u64(element(j, 3), &u), -ERANGE);
	assert_int_equal(json_i64(element(j, 3), &i), -ERANGE);
	assert_int_equal(json_u64(element(j, 4), &u), 0);
	assert_true(u == 0);
}

static void integers_beyond_64_bits_are_not_cut(void **state)
{
	static const char text[] = "[18446744073709551616, -9223372036854775809, 99999999999999999999999, \"18446744073709551616\", "
				   "0.18446744073709551616, 18446744073709551616e0]";
	autojson struct json *j = NULL;
	autostr struct str printed = STR_INIT;
	uint64_t u;
	int64_t i;

	assert_int_equal(parse(text, &j, NULL), 0);
	for (size_t k = 0; k < 3; k++) {
		assert_int_equal(json_u64(element(j, k), &u), -ERANGE);
		assert_int_equal(json_i64(element(j, k), &i), -ERANGE);
		json_print(element(j, k), &printed);
	}
	assert_string_equal(str_text(&printed), "18446744073709551616-922337203685477580999999999999999999999999");
	assert_string_equal(json_string(element(j, 3), NULL), "18446744073709551616");
	assert_int_equal(json_kind(element(j, 4)), JSON_FLOAT);
	assert_int_equal(json_kind(element(j, 5)), JSON_FLOAT);
}

static void bad_text_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[1,]", "[,1]", "[1 2]", "{\"a\":1}x", "{\"a\" 1}", "{\"a\":1,}", "{a:1}", "\"\xff\"", "nul", "True", "['a']",
		"01", "-", "+1", "1.", ".5", "1e", "0x1", "NaN", "\"\\x\"", "\"\\u12g4\"", "\"a", "\"\n\"", "\"\\", "[1]]", "{\"a\\u0000\":1}",
		"/**/1", "\xef\xbb\xbf" "1",
	};
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

static void a_number_with_space_around_it_is_a_document(void **state)
{
	autojson struct json *j = NULL;
	int64_t i;

	assert_int_equal(parse(" \n\t42\r\n", &j, NULL), 0);
	assert_int_equal(json_i64(j, &i), 0);
	assert_int_equal(i, 42);
}

static void strings_are_unescaped(void **state)
{
	autojson struct json *j = NULL;
	size_t len;

	assert_int_equal(parse("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e9\\u20AC\\ud83d\\ude00\", \"\\ud83dx\\ude00\", \"a\\u0000b\", \"\"]", &j, NULL), 0);
	assert_string_equal(json_string(element(j, 0), NULL), "\"\\/\b\f\n\r\t");
	assert_string_equal(json_string(element(j, 1), NULL), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string_equal(json_string(element(j, 2), NULL), "\xef\xbf\xbdx\xef\xbf\xbd");
	assert_memory_equal(json_string(element(j, 3), &len), "a\0b", 4);
	assert_int_equal(len, 3);
	assert_string_equal(json_string(element(j, 4), &len), "");
	assert_int_equal(len, 0);
}

static int count_member(const char *key, const struct json *value, void *arg)
{
	size_t *n = arg;

	(*n)++;
	return 0;
}

/* Few members are compared, many are sorted: both ways. */
static void the_last_of_equal_keys_counts(void **state)
{
	static const size_t sizes[] = { 1, 7, 200 };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		autostr struct str text = STR_INIT;
		autojson struct json *j = NULL;
		size_t members = 0;
		uint64_t value;

		str_add(&text, "{\"twice\":{\"x\":1}");
		for (size_t i = 0; i < sizes[s]; i++)
			str_addf(&text, ",\"k%zu\":%zu,\"twice\":%zu", i, i, i + 5);
		str_add(&text, "}");
		assert_int_equal(parse(text.data, &j, NULL), 0);
		assert_int_equal(json_u64(json_get(j, "twice"), &value), 0);
		assert_int_equal(value, sizes[s] + 4);
		assert_int_equal(json_each(j, count_member, &members), 0);
		assert_int_equal(members, sizes[s] + 1);
		assert_null(json_get(j, "k"));
	}
}

/* ---- json-c as the oracle ---- */

static const char *const pieces[] = {
	"{", "}", "[", "]", ",", ":", " ", "\"a\"", "\"b\\n\"", "\"\\u00e9\"", "\"\\ud800\"", "\"\xc3\xa9\"", "\"\xc3\"", "\"", "\\", "0 ",
	"-1 ", "12 ", "1.5 ", "1e3 ", "-", "9223372036854775808 ", "true", "false", "null", "nul", "{\"a\":", "[1,", "\"k\":", "x",
};

/* A document more often than not: a random value, sometimes with a piece too many. */
static void random_value(struct str *to, unsigned *seed, int depth)
{
	int kind = rand_r(seed) % (depth > 3 ? 6 : 8), n = rand_r(seed) % 4;

	if (rand_r(seed) % 64 == 0)
		str_add(to, pieces[(size_t)rand_r(seed) % ARRAY_SIZE(pieces)]);
	if (kind < 6) {
		static const char *const leaves[] = { "\"a\"", "\"\\u20ac\\t\"", "17", "-3", "true", "null" };

		str_add(to, leaves[kind]);
		return;
	}
	str_add_char(to, kind == 6 ? '[' : '{');
	for (int i = 0; i < n; i++) {
		str_add(to, i ? ", " : "");
		if (kind == 7)
			str_addf(to, "\"k%d\":", i);
		random_value(to, seed, depth + 1);
	}
	str_add_char(to, kind == 6 ? ']' : '}');
}

/* json-c's answer as compact text; NULL: refused. */
static const char *oracle(const char *text, struct json_tokener *tokener, struct json_object **ret)
{
	json_tokener_reset(tokener);
	*ret = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return NULL;
	return json_object_to_json_string_ext(*ret, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void check_with_oracle(const char *text, struct json_tokener *tokener)
{
	struct json_object *theirs = NULL;
	const char *wanted = oracle(text, tokener, &theirs);
	autostr struct str got = STR_INIT;
	autojson struct json *ours = NULL;
	int r = parse(text, &ours, NULL);

	if ((r == 0) != (wanted != NULL))
		fail_msg("%s by us, %s by json-c: %s", r == 0 ? "accepted" : "refused", wanted ? "accepted" : "refused", text);
	json_print(ours, &got);
	if (wanted && strcmp(str_text(&got), wanted) != 0)
		fail_msg("read as %s, by json-c as %s: %s", str_text(&got), wanted, text);
	(void)json_object_put(theirs);
}

static void random_documents_are_read_as_json_c_does(void **state)
{
	struct json_tokener *tokener = json_tokener_new_ex(64);
	unsigned seed = 1;

	assert_non_null(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	for (int i = 0; i < 50000; i++) {
		autostr struct str text = STR_INIT;

		if (i % 4 == 0)
			for (int n = rand_r(&seed) % 6; n >= 0; n--)
				str_add(&text, pieces[(size_t)rand_r(&seed) % ARRAY_SIZE(pieces)]);
		else
			random_value(&text, &seed, 0);
		check_with_oracle(str_text(&text), tokener);
	}
	json_tokener_free(tokener);
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
		cmocka_unit_test(a_number_with_space_around_it_is_a_document),
		cmocka_unit_test(strings_are_unescaped),
		cmocka_unit_test(the_last_of_equal_keys_counts),
		cmocka_unit_test(random_documents_are_read_as_json_c_does),
		cmocka_unit_test(the_writer_places_commas_and_escapes),
		cmocka_unit_test(indentation_is_dockers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
