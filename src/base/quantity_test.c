/* SPDX-License-Identifier: Apache-2.0 */
#include "base/quantity.h"

#include <errno.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/test.h"

struct row { const char *text; int r; int64_t value; };

static void check(int (*read)(const char *, int64_t *), const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t value = -77;

		assert_int_equal(read(rows[i].text, &value), rows[i].r);
		assert_int_equal(value, rows[i].r == 0 ? rows[i].value : -77);
	}
}

static void integers_keep_their_whole_range(void **state)
{
	static const struct row rows[] = {
		{ "0", 0, 0 }, { "-1", 0, -1 }, { "+7", 0, 7 }, { "", -EINVAL }, { "-", -EINVAL }, { "1x", -EINVAL },
		{ "9223372036854775807", 0, INT64_MAX }, { "9223372036854775808", -ERANGE },
		{ "-9223372036854775808", 0, INT64_MIN }, { "99999999999999999999", -ERANGE }, { " 1", -EINVAL },
	};

	check(quantity_i64, rows, ARRAY_SIZE(rows));
}

static void sizes_are_powers_of_1024(void **state)
{
	static const struct row rows[] = {
		{ "512", 0, 512 }, { "512b", 0, 512 }, { "1k", 0, 1024 }, { "1KiB", 0, 1024 }, { "1.5m", 0, 1572864 },
		{ "2 gb", 0, INT64_C(2) << 30 }, { "1t", 0, INT64_C(1) << 40 }, { ".5k", 0, 512 }, { "", -EINVAL },
		{ "m", -EINVAL }, { "-1", -EINVAL }, { "1mm", -EINVAL }, { "1 ", 0, 1 }, { "8192p", -ERANGE },
		{ "1.5.2k", -EINVAL },
	};

	check(quantity_size, rows, ARRAY_SIZE(rows));
}

static void decimals_are_exact(void **state)
{
	static const struct row rows[] = {
		{ "1", 0, 1000000000 }, { "0.1", 0, 100000000 }, { "1.5", 0, 1500000000 }, { "-2", 0, -2000000000 },
		{ ".000000001", 0, 1 }, { "0.0000000001", -EINVAL }, { "1.0000000000", 0, 1000000000 },
		{ "1e3", -EINVAL }, { ".", -EINVAL }, { "9999999999", -ERANGE },
	};

	check(quantity_nano, rows, ARRAY_SIZE(rows));
}

static void durations_are_gos(void **state)
{
	static const struct row rows[] = {
		{ "0", 0, 0 }, { "1s", 0, NSEC_PER_SEC }, { "1h30m", 0, 5400 * NSEC_PER_SEC },
		{ "1.5s", 0, 1500 * NSEC_PER_MSEC }, { "250ms", 0, 250 * NSEC_PER_MSEC }, { "2us", 0, 2000 },
		{ "-10m", 0, -600 * NSEC_PER_SEC }, { "5", -EINVAL }, { "s", -EINVAL }, { "", -EINVAL }, { "1d", -EINVAL },
		{ "9999999999h", -ERANGE },
	};

	check(quantity_duration, rows, ARRAY_SIZE(rows));
}

static int time_read(const char *text, int64_t *ret)
{
	return quantity_time(text, 1000 * NSEC_PER_SEC, ret);
}

static void points_in_time_have_three_spellings(void **state)
{
	static const struct row rows[] = {
		{ "10m", 0, 400 * NSEC_PER_SEC },
		{ "1136073600.5", 0, 1136073600 * NSEC_PER_SEC + 500 * NSEC_PER_MSEC },
		{ "2006-01-01", 0, 1136073600 * NSEC_PER_SEC },
		{ "2006-01-01T00:00", 0, 1136073600 * NSEC_PER_SEC },
		{ "2006-01-01T00:00:00Z", 0, 1136073600 * NSEC_PER_SEC },
		{ "2006-01-01T00:00:00.000000001Z", 0, 1136073600 * NSEC_PER_SEC + 1 },
		{ "2006-01-01T02:00:00+02:00", 0, 1136073600 * NSEC_PER_SEC },
		{ "2005-12-31T19:30:00-04:30", 0, 1136073600 * NSEC_PER_SEC },
		{ "yesterday", -EINVAL }, { "2006-13-01", -EINVAL }, { "2006-01-01T00:00:00 UTC", -EINVAL },
		{ "2006-01-01T00:00:00+99:00", -EINVAL }, { "", -EINVAL },
		{ "2006-01-01T00:00:00+ 1:00", -EINVAL }, { "2006-01-01T00:00:00+-1:00", -EINVAL },
		{ "2006-01-01T00:00:00+1:0", -EINVAL }, { "2006-01-01T00:00:00+01:000", -EINVAL },
		{ "2262-04-11T23:47:16.854775807Z", 0, INT64_MAX }, { "2262-04-11T23:47:16.9Z", -ERANGE },
		{ "2300-01-01", -ERANGE }, { "-9223372036.854775807s", -ERANGE }, { "-9223371036.854775807s", 0, INT64_MAX },
	};

	check(time_read, rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_keep_their_whole_range),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(decimals_are_exact),
		cmocka_unit_test(durations_are_gos),
		cmocka_unit_test(points_in_time_have_three_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
