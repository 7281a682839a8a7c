/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml.h"

#include <string.h>

#include "base/test.h"

static void documents_become_the_json_that_they_mean(void **state)
{
	static const struct { const char *toml, *json; } cases[] = {
		{ "", "{}" },
		{ "# nothing\r\n\n", "{}" },
		{ "a = 1\nb = \"x\" # y\n", "{\"a\":1,\"b\":\"x\"}" },
		{ "a.b.c = true\na.b.d = false", "{\"a\":{\"b\":{\"c\":true,\"d\":false}}}" },
		{ "\"quoted key\" = 'C:\\raw'", "{\"quoted key\":\"C:\\\\raw\"}" },
		{ "a = [1, [\"x\",\n 'y'], # c\n ]", "{\"a\":[1,[\"x\",\"y\"]]}" },
		{ "a = { b = 1, c.d = 2 }", "{\"a\":{\"b\":1,\"c\":{\"d\":2}}}" },
		{ "a = \"\\u00e9\\t\\\"\"", "{\"a\":\"\xc3\xa9\\t\\\"\"}" },
		{ "a = \"\"\"\none\\\n   two\"\"\"", "{\"a\":\"onetwo\"}" },
		{ "a = '''x''y'''", "{\"a\":\"x''y\"}" },
		{ "a = \"\"\"\"q\"\"\"\"", "{\"a\":\"\\\"q\\\"\"}" },
		{ "a = 0xff\nb = 1_000\nc = +7\nd = -1.5e3\ne = 0o17\nf = 0b11", "{\"a\":255,\"b\":1000,\"c\":7,\"d\":-1.5e3,\"e\":15,\"f\":3}" },
		{ "a = 1979-05-27 07:32:00Z", "{\"a\":\"1979-05-27 07:32:00Z\"}" },
		{ "[a.b]\nc = 1\n[a]\nd = 2", "{\"a\":{\"b\":{\"c\":1},\"d\":2}}" },
		{ "[[r]]\np = 'x'\n[[r.m]]\nl = 'y'\n[[r.m]]\nl = 'z'\n[[r]]\np = 'w'",
		  "{\"r\":[{\"p\":\"x\",\"m\":[{\"l\":\"y\"},{\"l\":\"z\"}]},{\"p\":\"w\"}]}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str json = STR_INIT;
		struct err e = ERR_INIT;

		if (toml_to_json(cases[i].toml, strlen(cases[i].toml), &json, &e) < 0)
			fail_msg("%s: %s", cases[i].toml, e.text);
		assert_string_equal(str_text(&json), cases[i].json);
	}
}

static void what_is_no_toml_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {
		"a", "a =", "= 1", "a = 1 b = 2", "a = 1\na = 2", "[a]\n[a]", "[a\n", "[[a]", "a = [1 2]", "a = {b = 1,}", "a = \"x",
		"a = \"\\q\"", "a = 01", "a = 1__0", "a = inf", "a = 'x\ny'", "a = 1\n[a]", "a = {b = 1}\na.c = 2", "[a]\nb = 1\n[[a]]",
		"a = [1]\n[[a]]", "a = \"\\ud800\"", "a = 0xfffffffffffffffff", "a = \x01", "a = \"\x80\"", "a.b = 1\n[a]", "# \x02",
		"[[a]]\n[a]", "a = 0x", "a = _1", "a = .5", "a = 5.", "a = 1e",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		autostr struct str json = STR_INIT;

		if (toml_to_json(bad[i], strlen(bad[i]), &json, NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void depth_is_bounded(void **state)
{
	autostr struct str text = STR_INIT, json = STR_INIT;

	str_add(&text, "a = ");
	for (int i = 0; i < 1000; i++)
		str_add_char(&text, '[');
	assert_int_equal(toml_to_json(text.data, text.len, &json, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_become_the_json_that_they_mean),
		cmocka_unit_test(what_is_no_toml_is_refused_with_its_line),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
