/* SPDX-License-Identifier: Apache-2.0 */
#include "base/protobuf.h"

/*
 * Every field begins with a key, its number and one of a few kinds, so that whoever does not know the number can step
 * over it. Numbers have seven bits a byte, the lowest first; the last byte has its top bit clear.
 */

#include <string.h>

enum kind { KIND_NUMBER = 0, KIND_FIXED64 = 1, KIND_BYTES = 2, KIND_FIXED32 = 5 };

enum { KIND_BITS = 3, NUMBER_BYTES = 10 };

static void add_varint(struct str *to, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		str_add_char(to, (char)(0x80 | (value & 0x7f)));
	str_add_char(to, (char)value);
}

static void add_key(struct str *to, uint32_t field, enum kind kind)
{
	add_varint(to, (uint64_t)field << KIND_BITS | kind);
}

static void add_bytes(struct str *to, uint32_t field, const void *bytes, size_t len)
{
	add_key(to, field, KIND_BYTES);
	add_varint(to, len);
	str_add_bytes(to, bytes, len);
}

void protobuf_add_number(struct str *to, uint32_t field, uint64_t value)
{
	add_key(to, field, KIND_NUMBER);
	add_varint(to, value);
}

void protobuf_add_text(struct str *to, uint32_t field, const char *text)
{
	add_bytes(to, field, text, strlen(text));
}

void protobuf_add_message(struct str *to, uint32_t field, const struct str *message)
{
	if (message->failed)
		to->failed = true;
	add_bytes(to, field, str_text(message), message->len);
}

static bool read_varint(struct protobuf_reader *from, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < NUMBER_BYTES && i < from->left; i++) {
		value |= (uint64_t)(from->at[i] & 0x7f) << (7 * i);
		if (from->at[i] & 0x80)
			continue;
		from->at += i + 1;
		from->left -= i + 1;
		*ret = value;
		return true;
	}
	return false;
}

static bool read_bytes(struct protobuf_reader *from, uint64_t len, struct protobuf_field *ret)
{
	if (len > from->left)
		return false;
	ret->bytes = from->at;
	ret->len = (size_t)len;
	from->at += len;
	from->left -= (size_t)len;
	return true;
}

/* Fixed numbers are stepped over: nothing that we read has one. */
static bool read_value(struct protobuf_reader *from, enum kind kind, struct protobuf_field *ret)
{
	struct protobuf_field ignored;
	uint64_t len;

	switch (kind) {
	case KIND_NUMBER:
		return read_varint(from, &ret->value);
	case KIND_BYTES:
		return read_varint(from, &len) && read_bytes(from, len, ret);
	case KIND_FIXED64:
		return read_bytes(from, sizeof(uint64_t), &ignored);
	case KIND_FIXED32:
		return read_bytes(from, sizeof(uint32_t), &ignored);
	}
	return false;
}

int protobuf_next(struct protobuf_reader *from, struct protobuf_field *ret)
{
	struct protobuf_field field = { .bytes = NULL };
	uint64_t key;

	if (from->left == 0)
		return 0;
	if (!read_varint(from, &key) || key >> KIND_BITS == 0 || key >> KIND_BITS > UINT32_MAX)
		return -EBADMSG;
	field.number = (uint32_t)(key >> KIND_BITS);
	if (!read_value(from, (enum kind)(key & ((1 << KIND_BITS) - 1)), &field))
		return -EBADMSG;
	*ret = field;
	return 1;
}

struct protobuf_reader protobuf_open(const struct protobuf_field *field)
{
	return (struct protobuf_reader){ field->bytes, field->len };
}
