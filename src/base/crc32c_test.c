/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/crc32c.h"

static void known_answers_hold(void **state)
{
	const uint8_t zeros[32] = { 0 };

	/* RFC 3720, B.4 */
	assert_int_equal(crc32c(0, zeros, sizeof(zeros)), 0x8a9136aa);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, "", 0), 0);
}

static void long_input_equals_its_short_pieces(void **state)
{
	uint8_t bytes[5000];
	uint32_t whole, pieces = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + i / 256);
	whole = crc32c(0, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i += 100)
		pieces = crc32c(pieces, bytes + i, 100);
	assert_int_equal(whole, pieces);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers_hold),
		cmocka_unit_test(long_input_equals_its_short_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
