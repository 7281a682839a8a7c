/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

void str_done(struct str *s)
{
	free(s->data);
	*s = (struct str)STR_INIT;
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->failed = false;
	if (s->data)
		s->data[0] = '\0';
}

void *str_reserve(struct str *s, size_t len)
{
	size_t want, cap = s->cap ? s->cap : 64;
	char *data;

	if (s->failed || __builtin_add_overflow(s->len, len, &want) ||
	    __builtin_add_overflow(want, 1, &want))
		goto fail;
	while (cap < want)
		if (__builtin_mul_overflow(cap, 2, &cap))
			goto fail;
	if (cap != s->cap) {
		data = realloc(s->data, cap);
		if (!data)
			goto fail;
		s->data = data;
		s->cap = cap;
	}
	return s->data + s->len;
fail:
	s->failed = true;
	return NULL;
}

void str_add_bytes(struct str *s, const void *bytes, size_t len)
{
	char *to = str_reserve(s, len);

	if (!to)
		return;
	if (len)
		memcpy(to, bytes, len);
	to[len] = '\0';
	s->len += len;
}

void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
	str_add_bytes(s, &c, 1);
}

void str_addv(struct str *s, const char *format, va_list args)
{
	va_list again;
	int len;
	char *to;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	to = len < 0 ? NULL : str_reserve(s, (size_t)len);
	if (!to) {
		s->failed = true;
		return;
	}
	(void)vsnprintf(to, (size_t)len + 1, format, args);
	s->len += (size_t)len;
}

void str_addf(struct str *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	str_addv(s, format, args);
	va_end(args);
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
	char *data;

	if (!s->data)
		str_add_bytes(s, "", 0);
	if (s->failed) {
		str_done(s);
		return NULL;
	}
	data = s->data;
	*s = (struct str)STR_INIT;
	return data;
}

char *str_format(const char *format, ...)
{
	autostr struct str s = STR_INIT;
	va_list args;

	va_start(args, format);
	str_addv(&s, format, args);
	va_end(args);
	return str_take(&s);
}

bool str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);

	return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}
