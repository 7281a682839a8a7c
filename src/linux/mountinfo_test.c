/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mountinfo.h"

#include "base/test.h"

static void lines_give_id_parent_and_path(void **state)
{
	char text[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		      "not a line\n"
		      "30 22 0:5 /a\\040b /mnt/with\\040blank\\011tab\\134 rw - tmpfs none rw\n";
	char *cursor = text;
	struct mountinfo m;

	assert_true(mountinfo_next(&cursor, &m));
	assert_int_equal(m.id, 22);
	assert_int_equal(m.parent, 1);
	assert_string_equal(m.path, "/");
	assert_true(mountinfo_next(&cursor, &m));
	assert_int_equal(m.parent, 22);
	assert_string_equal(m.path, "/mnt/with blank\ttab\\");
	assert_false(mountinfo_next(&cursor, &m));
}

static void what_is_no_escape_stays_as_it_is(void **state)
{
	static const struct { const char *text, *read; } rows[] = {
		{ "a\\040b", "a b" }, { "\\1", "\\1" }, { "\\12", "\\12" }, { "\\ 12x", "\\ 12x" }, { "\\-12", "\\-12" },
		{ "\\89a", "\\89a" }, { "\\", "\\" }, { "\\1345", "\\5" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[16];

		memset(text, '7', sizeof(text)); /* what lies behind the end is not read */
		memcpy(text, rows[i].text, strlen(rows[i].text) + 1);
		mountinfo_unescape(text);
		assert_string_equal(text, rows[i].read);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_give_id_parent_and_path),
		cmocka_unit_test(what_is_no_escape_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
