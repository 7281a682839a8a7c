/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bitlist.h"

#include <errno.h>

#include "base/own.h"
#include "base/test.h"

static void lists_are_read_as_the_kernel_writes_them(void **state)
{
	static const struct { const char *text; uint64_t first, last; } rows[] = {
		{ "0", 1, 0 }, { "0-3,7", 0x8f, 0 }, { "63", UINT64_C(1) << 63, 0 }, { "1023", 0, UINT64_C(1) << 63 },
		{ "", 0, 0 }, { " 1 , 2-2,, 3\n", 0xe, 0 }, { ",", 0, 0 }, { "5,5,5", 0x20, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bitlist b;

		assert_int_equal(bitlist_parse(rows[i].text, &b), 0);
		assert_true(b.words[0] == rows[i].first);
		assert_true(b.words[BITLIST_BITS / 64 - 1] == rows[i].last);
		assert_int_equal(bitlist_empty(&b), rows[i].first == 0 && rows[i].last == 0);
	}
}

static void ranges_cross_words(void **state)
{
	struct bitlist b;

	assert_int_equal(bitlist_parse("60-70", &b), 0);
	assert_true(b.words[0] == UINT64_C(0xf) << 60);
	assert_true(b.words[1] == 0x7f);
}

static void what_is_no_list_is_refused(void **state)
{
	static const struct { const char *text; int r; } rows[] = {
		{ "a", -EINVAL }, { "-1", -EINVAL }, { "1-", -EINVAL }, { "3-1", -EINVAL }, { "1 2", -EINVAL }, { "1-2-3", -EINVAL },
		{ "0x1", -EINVAL }, { "1024", -ERANGE }, { "4294967296", -ERANGE }, { "0-99999999999999999999", -ERANGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bitlist b;

		assert_int_equal(bitlist_parse(rows[i].text, &b), rows[i].r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_as_the_kernel_writes_them),
		cmocka_unit_test(ranges_cross_words),
		cmocka_unit_test(what_is_no_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
