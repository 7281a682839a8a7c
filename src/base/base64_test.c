/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <string.h>

#include "base/test.h"

static const struct { const char *bytes, *text; } vectors[] = { /* RFC 4648 section 10 */
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" },
};

static void the_vectors_of_the_rfc_hold_both_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		autostr struct str text = STR_INIT, bytes = STR_INIT;

		base64_encode(&text, vectors[i].bytes, strlen(vectors[i].bytes));
		assert_string_equal(str_text(&text), vectors[i].text);
		assert_int_equal(base64_decode(&bytes, vectors[i].text, strlen(vectors[i].text)), 0);
		assert_string_equal(str_text(&bytes), vectors[i].bytes);
	}
}

static void what_is_not_base64_is_refused_and_adds_nothing(void **state)
{
	static const char *const bad[] = { "Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm9v!m9v", "Zh==", "Zm9=", "Zm 9", "Zg=a" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		autostr struct str to = STR_INIT;

		str_add(&to, "x");
		if (base64_decode(&to, bad[i], strlen(bad[i])) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_string_equal(str_text(&to), "x");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc_hold_both_ways),
		cmocka_unit_test(what_is_not_base64_is_refused_and_adds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
