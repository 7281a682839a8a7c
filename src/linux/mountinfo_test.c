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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines_give_id_parent_and_path) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
