/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/table.h"

#include "base/test.h"

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	autotable struct table table = TABLE_INIT(3);
	autostr struct str out = STR_INIT;
	static const char *const cells[] = { "ID", "IMAGE", "NAME", "0123456789ab", "a", "x", "1", "\xe6\xbc\xa2", "y" };

	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		table_add(&table, cells[i]);
	table_print(&table, &out);
	assert_string_equal(str_text(&out), "ID             IMAGE     NAME\n"
					    "0123456789ab   a         x\n"
					    "1              \xe6\xbc\xa2        y\n");
}

static void a_cell_cannot_move_the_cursor(void **state)
{
	autotable struct table table = TABLE_INIT(1);
	autostr struct str out = STR_INIT;

	table_add(&table, "a\x1b[2J\nb");
	table_print(&table, &out);
	assert_string_equal(str_text(&out), "a\\x1b[2J\\x0ab\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(a_cell_cannot_move_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
