/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growing byte string. It may hold NUL bytes; `data` is always terminated by one more. A failed allocation makes the
 * string "failed": later additions do nothing, and str_take reports it, so that a chain of additions is checked once.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

struct str {
	char *data; /* owned; NULL while empty */
	size_t len;
	size_t cap;
	bool failed;
};

#define STR_INIT { .data = NULL }

void str_done(struct str *s);
#define autostr cleanup(str_done)

void str_clear(struct str *s); /* empty again, keeps the memory */
void str_add(struct str *s, const char *text);
void str_add_char(struct str *s, char c);
void str_add_bytes(struct str *s, const void *bytes, size_t len);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Makes room for `len` more bytes and returns where they go, or NULL; the caller adds to s->len what it wrote. */
void *str_reserve(struct str *s, size_t len);

/* The text, "" while empty; borrowed. */
const char *str_text(const struct str *s);

/* Hands the buffer to the caller and empties `s`; NULL if any addition failed. */
char *str_take(struct str *s);

/* A formatted string on the heap, NULL when out of memory. */
char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline bool str_eq(const char *a, const char *b)
{
	return __builtin_strcmp(a, b) == 0;
}

static inline bool str_starts(const char *s, const char *prefix)
{
	return __builtin_strncmp(s, prefix, __builtin_strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix);
