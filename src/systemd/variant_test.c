/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/variant.h"

#include "base/str.h"
#include "base/test.h"

static char *parse(const char *text)
{
	autostrv struct strv words = STRV_INIT;
	struct str all = STR_INIT;
	struct err e = ERR_INIT;

	if (variant_parse(text, &words, &e) < 0)
		return str_format("! %s", e.text);
	for (size_t i = 0; i < words.n; i++)
		str_addf(&all, "%s%s", i ? " " : "", words.items[i]);
	return str_take(&all);
}

static void values_become_a_signature_and_words(void **state)
{
	static const struct { const char *text, *words; } rows[] = {
		{ "true", "b true" },
		{ " 5 ", "i 5" },
		{ "-5", "i -5" },
		{ "0x10", "i 16" },
		{ "1.5", "d 1.5" },
		{ "uint64 18446744073709551615", "t 18446744073709551615" },
		{ "byte 7", "y 7" },
		{ "boolean false", "b false" },
		{ "'it\\'s'", "s it's" },
		{ "\"a\\nb\"", "s a\nb" },
		{ "objectpath '/a'", "o /a" },
		{ "b'ab'", "ay 3 97 98 0" },
		{ "['a', 'b']", "as 2 a b" },
		{ "[uint32 1, 2]", "au 2 1 2" },
		{ "@au [1]", "au 1 1" },
		{ "@as []", "as 0" },
		{ "[('/dev/null', 'rw'), ('char-pts', 'm')]", "a(ss) 2 /dev/null rw char-pts m" },
		{ "@a(st) [('/', 5)]", "a(st) 1 / 5" },
		{ "('a',)", "(s) a" },
		{ "<5>", "v i 5" },
		{ "[<'x'>, <true>]", "av 2 s x b true" },
		{ "[[1], [2, 3]]", "aai 2 1 1 2 2 3" },
		{ "@d 1", "d 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *got = parse(rows[i].text);

		assert_string_equal(got, rows[i].words);
	}
}

static void what_is_no_value_is_refused_with_the_place(void **state)
{
	static const struct { const char *text, *said; } rows[] = {
		{ "", "! a value is wanted at ''" },
		{ "yes", "! a value is wanted at 'yes'" },
		{ "{'a': 1}", "! a value is wanted at '{'a': 1}'" },
		{ "'open", "! a closing quote is wanted at ''" },
		{ "[]", "! the type of an empty array (@as []) is wanted at ''" },
		{ "[1, 'a']", "! no string is wanted at ''a']'" },
		{ "[<1>, 1]", "! no number is wanted at '1]'" },
		{ "@as [1]", "! no number is wanted at '1]'" },
		{ "@(ss) ('a',)", "! a longer tuple is wanted at ''" },
		{ "@(s) ('a', 'b')", "! a shorter tuple is wanted at ''b')'" },
		{ "@z 1", "! a type is wanted at 'z 1'" },
		{ "1 2", "! the end is wanted at '2'" },
		{ "[1 2]", "! a comma is wanted at '2]'" },
		{ "()", "! a longer tuple is wanted at ''" },
		{ "<1", "! '>' is wanted at ''" },
		{ "1x", "! a number is wanted at '1x'" },
		{ "uint32 'a'", "! no string is wanted at ''a''" },
		{ "[[[[[[[[[1]]]]]]]]]", "! less nesting is wanted at '[1]]]]]]]]]'" },
		{ "99999999999999999999", "! a number is wanted at '99999999999999999999'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *got = parse(rows[i].text);

		assert_string_equal(got, rows[i].said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_become_a_signature_and_words),
		cmocka_unit_test(what_is_no_value_is_refused_with_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
