/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What json_parse.c makes and json.c reads. A document is one array of nodes in the order of the text and one copy of
 * that text. A container's node is followed by its elements, and every node knows how many nodes it covers, so that the
 * next sibling is one addition away; a member is a key's node followed by its value's. Strings are unescaped and ended by
 * a NUL where they lie in the copy: an escape is never shorter than what it means, and the place of the closing quote is
 * free. So a document costs two allocations, whatever it holds.
 */

#include "base/json.h"

struct json {
	uint8_t kind;	 /* enum json_kind */
	bool is_true;	 /* BOOL */
	bool negative;	 /* INT */
	bool too_large;	 /* INT: does not fit in 64 bits, is kept as text */
	bool hidden;	 /* a key that comes again behind */
	uint32_t covers; /* nodes, itself included */
	uint32_t n;	 /* bytes of text; ARRAY: elements; OBJECT: members */
	union {
		char *text;	    /* STRING (ended by NUL), FLOAT, a large INT (not ended); in front of the root: the document's */
		uint64_t magnitude; /* INT */
	};
};

/* The value behind a key, and the key behind that. */
static inline const struct json *json_member_value(const struct json *key)
{
	return key + 1;
}

static inline const struct json *json_member_next(const struct json *key)
{
	return key + 1 + key[1].covers;
}
