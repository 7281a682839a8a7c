/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON: reading through json-c, which nothing else names, and a small writer of our own. A parsed value is a tree that
 * the root owns; everything reached from it is borrowed. Limits: 64 levels, strict syntax, valid UTF-8.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/own.h"
#include "base/str.h"

struct json; /* any value; the null value is a NULL pointer */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_FLOAT, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Parses exactly `len` bytes; trailing space is allowed, trailing text is not. A duplicate key keeps the last. */
int json_parse(const char *bytes, size_t len, struct json **ret, struct err *e);
void json_free(struct json *root);
DEFINE_CLEANUP(struct json *, json_free)
#define autojson cleanup(json_free_p)

enum json_kind json_kind(const struct json *j);
const char *json_kind_name(enum json_kind type); /* "a string", "an object": for error texts */

bool json_is_true(const struct json *j);
/* The integer if it fits, else -ERANGE; -EINVAL for other types. Values above INT64_MAX are exact in json_u64. */
int json_i64(const struct json *j, int64_t *ret);
int json_u64(const struct json *j, uint64_t *ret);
const char *json_string(const struct json *j, size_t *ret_len); /* NULL for other types; ret_len may be NULL */

size_t json_array_len(const struct json *j);
const struct json *json_array_at(const struct json *j, size_t i);

const struct json *json_get(const struct json *object, const char *key); /* NULL if absent or null */

/* Calls `each` for every member in order; a negative result stops and is returned. */
int json_each(const struct json *object, int (*each)(const char *key, const struct json *value, void *arg), void *arg);

/* Appends the text of a value as compact JSON. */
void json_print(const struct json *j, struct str *to);

/*
 * The writer appends to a str and cannot fail but by the str's own failure. Commas and indentation are its business.
 * `key` is NULL inside arrays and for the root.
 */
enum { JSON_TABS = 255 };

struct json_writer {
	struct str *out; /* borrowed */
	unsigned depth;
	unsigned indent; /* spaces a level, or JSON_TABS; 0: compact */
	bool started;	 /* the current object or array has a member already */
};

void json_object_begin(struct json_writer *w, const char *key);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w, const char *key);
void json_array_end(struct json_writer *w);
void json_add_string(struct json_writer *w, const char *key, const char *value); /* NULL value: null */
void json_add_bytes(struct json_writer *w, const char *key, const char *value, size_t len);
void json_add_i64(struct json_writer *w, const char *key, int64_t value);
void json_add_u64(struct json_writer *w, const char *key, uint64_t value);
void json_add_bool(struct json_writer *w, const char *key, bool value);
void json_add_null(struct json_writer *w, const char *key);
void json_add_raw(struct json_writer *w, const char *key, const char *json); /* `json` is valid JSON text */

/* The quoted and escaped form of a string, as json_add_* writes it. Invalid UTF-8 becomes U+FFFD. */
void json_quote(struct str *to, const char *text, size_t len);
