/* SPDX-License-Identifier: Apache-2.0 */
#include "base/protobuf.h"

#include <errno.h>
#include <string.h>

#include "base/test.h"

static struct protobuf_reader reader_of(const struct str *s)
{
	return (struct protobuf_reader){ (const unsigned char *)str_text(s), s->len };
}

/* The examples of the format's own description. */
static void fields_have_the_documented_bytes(void **state)
{
	static const unsigned char wanted[] = { 0x08, 0x96, 0x01, 0x12, 0x07, 't', 'e', 's', 't', 'i', 'n', 'g',
						0x1a, 0x03, 0x08, 0x96, 0x01 };
	autostr struct str message = STR_INIT, inner = STR_INIT;

	protobuf_add_number(&message, 1, 150);
	protobuf_add_text(&message, 2, "testing");
	protobuf_add_number(&inner, 1, 150);
	protobuf_add_message(&message, 3, &inner);
	assert_int_equal(message.len, sizeof(wanted));
	assert_memory_equal(message.data, wanted, sizeof(wanted));
}

static void what_was_written_is_read_back(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, (uint64_t)-1 };
	autostr struct str message = STR_INIT, inner = STR_INIT;
	struct protobuf_reader reader, within;
	struct protobuf_field field;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		protobuf_add_number(&message, (uint32_t)i * 1000 + 1, numbers[i]);
	protobuf_add_text(&inner, 70, "text");
	protobuf_add_message(&message, 15, &inner);
	reader = reader_of(&message);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_int_equal(protobuf_next(&reader, &field), 1);
		assert_int_equal(field.number, i * 1000 + 1);
		assert_true(field.value == numbers[i]);
		assert_null(field.bytes);
	}
	assert_int_equal(protobuf_next(&reader, &field), 1);
	within = protobuf_open(&field);
	assert_int_equal(protobuf_next(&within, &field), 1);
	assert_int_equal(field.number, 70);
	assert_int_equal(field.len, 4);
	assert_memory_equal(field.bytes, "text", 4);
	assert_int_equal(protobuf_next(&within, &field), 0);
	assert_int_equal(protobuf_next(&reader, &field), 0);
}

static void fixed_numbers_are_stepped_over(void **state)
{
	static const unsigned char bytes[] = { 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 0x05 };
	struct protobuf_reader reader = { bytes, sizeof(bytes) };
	struct protobuf_field field;

	assert_int_equal(protobuf_next(&reader, &field), 1);
	assert_int_equal(protobuf_next(&reader, &field), 1);
	assert_int_equal(protobuf_next(&reader, &field), 1);
	assert_int_equal(field.number, 3);
	assert_int_equal(field.value, 5);
	assert_int_equal(protobuf_next(&reader, &field), 0);
}

static void torn_and_unknown_fields_are_refused(void **state)
{
	static const struct { unsigned char bytes[12]; size_t len; } cases[] = {
		{ { 0x08 }, 1 },		     /* no number */
		{ { 0x08, 0x80 }, 2 },		     /* half a number */
		{ { 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }, 12 }, /* too long */
		{ { 0x12, 0x05, 'a' }, 3 },	     /* short text */
		{ { 0x09, 1, 2, 3 }, 4 },	     /* short fixed number */
		{ { 0x0b }, 1 },		     /* a group */
		{ { 0x00, 0x01 }, 2 },		     /* field 0 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct protobuf_reader reader = { cases[i].bytes, cases[i].len };
		struct protobuf_field field;

		assert_int_equal(protobuf_next(&reader, &field), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_the_documented_bytes),
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(fixed_numbers_are_stepped_over),
		cmocka_unit_test(torn_and_unknown_fields_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
