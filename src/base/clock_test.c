/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/test.h"

static void zero_is_the_time_that_never_was(void **state)
{
	char text[CLOCK_TEXT];

	assert_string_equal(clock_format(0, text), "0001-01-01T00:00:00Z");
}

/* The C library is the oracle, over leap days, centuries and times before the epoch. */
static void dates_are_those_of_the_c_library(void **state)
{
	for (int64_t day = -100000; day < 100000; day += 13) {
		int64_t wall = (day * 86400 + 3661) * NSEC_PER_SEC + 7;
		time_t seconds = (time_t)(day * 86400 + 3661);
		char text[CLOCK_TEXT], wanted[CLOCK_TEXT];
		struct tm tm;

		(void)gmtime_r(&seconds, &tm);
		(void)strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000000007Z", &tm);
		assert_string_equal(clock_format(wall, text), wanted);
	}
}

static void a_fraction_before_the_epoch_counts_from_the_second_below(void **state)
{
	char text[CLOCK_TEXT];

	assert_string_equal(clock_format(-1, text), "1969-12-31T23:59:59.999999999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_the_time_that_never_was),
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(a_fraction_before_the_epoch_counts_from_the_second_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
