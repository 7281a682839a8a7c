/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <string.h>

#include "base/str.h"
#include "base/test.h"

/* Types `text`, cut into pieces of `size`; what reaches the container. */
static bool type(const char *text, size_t size, struct str *out)
{
	struct detach_keys keys = { false };
	bool detach = false;

	for (size_t i = 0, len = strlen(text); i < len && !detach; i += size) {
		size_t piece = len - i < size ? len - i : size;
		char to[64];

		str_add_bytes(out, to, detach_keys_filter(&keys, text + i, piece, to, &detach));
	}
	return detach;
}

static void the_detach_keys_are_found_across_pieces(void **state)
{
	static const struct { const char *typed, *reaches; bool detach; } cases[] = {
		{ "ls\n", "ls\n", false },
		{ "a\x10\x11z", "a", true },
		{ "a\x10z\x11", "a\x10z\x11", false },
		{ "\x10\x10\x11", "\x10", true },
		{ "\x11\x10", "\x11", false }, /* held back until the next key */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t size = 1; size < 5; size++) {
			autostr struct str out = STR_INIT;

			assert_int_equal(type(cases[i].typed, size, &out), cases[i].detach);
			assert_string_equal(str_text(&out), cases[i].reaches);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_detach_keys_are_found_across_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
