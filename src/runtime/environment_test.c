/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/environment.h"

#include "base/str.h"
#include "base/test.h"

static struct strv vector(char **items)
{
	struct strv v = { .items = items };

	while (items[v.n])
		v.n++;
	return v;
}

static void the_last_value_of_a_name_counts(void **state)
{
	const struct strv env = vector((char *[]){ "A=1", "B=x", "A=2", "AB=3", "C=", "A=4=5", "B=", NULL });
	autostrv struct strv to = STRV_INIT;
	static const char *const wanted[] = { "AB=3", "C=", "A=4=5", "B=" };

	assert_int_equal(environment_unique(&env, &to), 0);
	assert_int_equal(to.n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < to.n; i++)
		assert_string_equal(to.items[i], wanted[i]);
}

static void an_empty_one_stays_empty(void **state)
{
	const struct strv env = STRV_INIT;
	autostrv struct strv to = STRV_INIT;

	assert_int_equal(environment_unique(&env, &to), 0);
	assert_int_equal(to.n, 0);
	assert_int_equal(environment_check(&env, NULL), 0);
}

static void many_take_no_time(void **state)
{
	autostrv struct strv env = STRV_INIT, to = STRV_INIT;

	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(strv_addf(&env, "NAME_%u=%u", i % 50000, i), 0);
	assert_int_equal(environment_unique(&env, &to), 0);
	assert_int_equal(to.n, 50000);
	assert_string_equal(to.items[0], "NAME_0=50000");
}

static void an_entry_without_a_name_or_a_value_is_refused(void **state)
{
	struct err e = ERR_INIT;
	const struct strv bad[] = { vector((char *[]){ "A=1", "B", NULL }), vector((char *[]){ "A=1", "=x", NULL }),
				    vector((char *[]){ "A=1", "", NULL }) };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(environment_check(&bad[i], &e), -1);
		assert_true(str_starts(e.text, "process.env[1]: '"));
	}
	assert_int_equal(environment_check(&(struct strv){ (char *[]){ "A=", "B==", NULL }, 2 }, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_value_of_a_name_counts),
		cmocka_unit_test(an_empty_one_stays_empty),
		cmocka_unit_test(many_take_no_time),
		cmocka_unit_test(an_entry_without_a_name_or_a_value_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
