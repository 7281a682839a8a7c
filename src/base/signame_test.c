/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signame.h"

#include "base/own.h"
#include "base/test.h"

static void signals_have_names_numbers_and_offsets(void **state)
{
	static const struct { const char *text; int number; } cases[] = {
		{ "KILL", 9 }, { "SIGKILL", 9 }, { "sigterm", 15 }, { "hup", 1 }, { "9", 9 }, { "64", 64 },
		{ "RTMIN", 34 }, { "SIGRTMIN+3", 37 }, { "RTMAX", 64 }, { "rtmax-14", 50 }, { "WINCH", 28 },
		{ "0", -1 }, { "65", -1 }, { "-9", -1 }, { "", -1 }, { "SIG", -1 }, { "NOPE", -1 }, { "RTMIN+31", -1 },
		{ "RTMIN-1", -1 }, { "RTMAX+1", -1 }, { "RTMIN+x", -1 }, { "RTMIN+9999999999", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		int number = -1;

		assert_int_equal(signame_parse(cases[i].text, &number, &e), cases[i].number < 0 ? -1 : 0);
		assert_int_equal(number, cases[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_have_names_numbers_and_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
