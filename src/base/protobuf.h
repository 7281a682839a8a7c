/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The wire format of Protocol Buffers, as much as a short conversation needs: whole numbers, text, messages within
 * messages. A message is a str that fields are appended to; reading walks over its fields, which borrow from the bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* An int32, bool or enum is a number too; a negative one is extended to 64 bits. */
void protobuf_add_number(struct str *to, uint32_t field, uint64_t value);
void protobuf_add_text(struct str *to, uint32_t field, const char *text);
void protobuf_add_message(struct str *to, uint32_t field, const struct str *message);

struct protobuf_reader {
	const unsigned char *at;
	size_t left;
};

struct protobuf_field {
	uint32_t number;
	uint64_t value;		    /* of a number; 0 for others */
	const unsigned char *bytes; /* of text and messages, not terminated; NULL for others */
	size_t len;
};

/* 1: the next field, 0: the end, -EBADMSG: this is no message. */
int protobuf_next(struct protobuf_reader *from, struct protobuf_field *ret);

/* A field's bytes as a message of its own. */
struct protobuf_reader protobuf_open(const struct protobuf_field *field);
