/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "base/err.h"
#include "base/test.h"
#include "base/vec.h"

static void additions_grow_and_stay_terminated(void **state)
{
	autostr struct str s = STR_INIT;

	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%d,", i);
	assert_int_equal(s.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_int_equal(s.data[s.len], '\0');
	assert_true(str_starts(s.data, "0,1,2,"));
	assert_true(str_ends(s.data, ",999,"));
}

static void a_failed_string_stays_failed_and_takes_null(void **state)
{
	autostr struct str s = STR_INIT;

	str_add(&s, "kept");
	assert_null(str_reserve(&s, SIZE_MAX - 2));
	str_add(&s, "dropped");
	assert_string_equal(str_text(&s), "kept");
	assert_null(str_take(&s));
}

static void an_empty_string_takes_as_empty_text(void **state)
{
	autostr struct str s = STR_INIT;
	autofree char *text = str_take(&s);

	assert_string_equal(text, "");
}

static void environment_is_replaced_by_name_not_by_prefix(void **state)
{
	autostrv struct strv v = STRV_INIT;

	assert_int_equal(strv_env_set(&v, "PATHS", "a"), 0);
	assert_int_equal(strv_env_set(&v, "PATH", "b"), 0);
	assert_int_equal(strv_env_set(&v, "PATH", "c"), 0);
	assert_int_equal(v.n, 2);
	assert_string_equal(strv_env_get(&v, "PATH"), "c");
	assert_string_equal(strv_env_get(&v, "PATHS"), "a");
	assert_null(strv_env_get(&v, "PAT"));
	assert_null(v.items[2]);
}

static void errors_name_errno_and_prefix(void **state)
{
	struct err e = ERR_INIT;

	assert_int_equal(err_sys(&e, ENOSPC, "write '%s'", "a"), -1);
	assert_int_equal(e.code, ERR_EXHAUSTED);
	assert_int_equal(e.number, ENOSPC);
	assert_int_equal(err_prefix(&e, "container '%s'", "web"), -1);
	assert_string_equal(e.text, "container 'web': write 'a': No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(additions_grow_and_stay_terminated),
		cmocka_unit_test(a_failed_string_stays_failed_and_takes_null),
		cmocka_unit_test(an_empty_string_takes_as_empty_text),
		cmocka_unit_test(environment_is_replaced_by_name_not_by_prefix),
		cmocka_unit_test(errors_name_errno_and_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
