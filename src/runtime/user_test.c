/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/user.h"

#include <string.h>

#include "base/own.h"
#include "base/test.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n# comment\nbroken\nweb:x:33:34:www:/srv:/bin/false\n"
			     "evil:x:4294967296:0::/:/bin/sh\nminus:x:-1:0::/:/bin/sh\nlast:x:7:8::/home/last:/bin/sh";
static const char group[] = "root:x:0:\nweb:x:34:\nstaff:x:50:web,root\nadm:x:4:webmaster,web\nbad:x:x:web\n";

static void ids_are_strict_decimal_32_bit(void **state)
{
	static const char *const good[] = { "0", "1000", "4294967294", "0000000007" };
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "4294967295", "4294967296", "18446744073709551616",
					   "0x1", "1e3", "1.0", "00000000001" };
	uint32_t id;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(user_parse_id(good[i], &id));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (user_parse_id(bad[i], &id))
			fail_msg("accepted '%s'", bad[i]);
}

static void names_and_numbers_find_their_entry(void **state)
{
	struct user u;

	assert_int_equal(user_resolve("web", passwd, group, &u, NULL), 0);
	assert_int_equal(u.uid, 33);
	assert_int_equal(u.gid, 34);
	assert_int_equal(u.n_groups, 2);
	assert_int_equal(u.groups[0], 50);
	assert_int_equal(u.groups[1], 4);
	assert_string_equal(u.home, "/srv");
	user_done(&u);
	assert_int_equal(user_resolve("7", passwd, group, &u, NULL), 0);
	assert_int_equal(u.gid, 8);
	assert_string_equal(u.home, "/home/last");
	user_done(&u);
}

static void a_number_without_entry_is_root_group_and_has_no_home(void **state)
{
	struct user u;

	assert_int_equal(user_resolve("1234", passwd, group, &u, NULL), 0);
	assert_int_equal(u.uid, 1234);
	assert_int_equal(u.gid, 0);
	assert_null(u.home);
	assert_int_equal(user_resolve("1234:staff", NULL, group, &u, NULL), 0);
	assert_int_equal(u.gid, 50);
}

static void a_given_group_replaces_the_others(void **state)
{
	struct user u;

	assert_int_equal(user_resolve("web:adm", passwd, group, &u, NULL), 0);
	assert_int_equal(u.gid, 4);
	assert_int_equal(u.n_groups, 0);
	user_done(&u);
}

static void wrong_users_are_named(void **state)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "nobody", "unable to find user nobody: no matching entries in passwd file" },
		{ "web:nogroup", "unable to find group nogroup: no matching entries in group file" },
		{ "4294967296", "invalid uid '4294967296'" },
		{ "-1", "invalid uid '-1'" },
		{ "0:4294967295", "invalid gid '4294967295'" },
		{ "evil", "unable to find user evil: no matching entries in passwd file" },
		{ "minus", "unable to find user minus: no matching entries in passwd file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		struct user u;

		assert_int_equal(user_resolve(cases[i].text, passwd, group, &u, &e), -1);
		assert_string_equal(e.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_strict_decimal_32_bit),
		cmocka_unit_test(names_and_numbers_find_their_entry),
		cmocka_unit_test(a_number_without_entry_is_root_group_and_has_no_home),
		cmocka_unit_test(a_given_group_replaces_the_others),
		cmocka_unit_test(wrong_users_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
