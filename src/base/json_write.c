/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

/* The writer: commas, indentation and escapes. What Go's encoder escapes for HTML is left alone. */

#include <string.h>

#include "base/text.h"

static void json_line(struct json_writer *w)
{
	if (!w->indent)
		return;
	str_add_char(w->out, '\n');
	for (unsigned i = 0; i < (w->indent == JSON_TABS ? w->depth : w->depth * w->indent); i++)
		str_add_char(w->out, w->indent == JSON_TABS ? '\t' : ' ');
}

static void json_member(struct json_writer *w, const char *key)
{
	if (w->started)
		str_add_char(w->out, ',');
	if (w->depth > 0)
		json_line(w);
	w->started = true;
	if (!key)
		return;
	json_quote(w->out, key, strlen(key));
	str_add(w->out, w->indent ? ": " : ":");
}

static void json_begin(struct json_writer *w, const char *key, char bracket)
{
	json_member(w, key);
	str_add_char(w->out, bracket);
	w->depth++;
	w->started = false;
}

static void json_end(struct json_writer *w, char bracket)
{
	w->depth--;
	if (w->started)
		json_line(w);
	str_add_char(w->out, bracket);
	w->started = true;
}

void json_object_begin(struct json_writer *w, const char *key)
{
	json_begin(w, key, '{');
}

void json_object_end(struct json_writer *w)
{
	json_end(w, '}');
}

void json_array_begin(struct json_writer *w, const char *key)
{
	json_begin(w, key, '[');
}

void json_array_end(struct json_writer *w)
{
	json_end(w, ']');
}

void json_add_bytes(struct json_writer *w, const char *key, const char *value, size_t len)
{
	json_member(w, key);
	json_quote(w->out, value, len);
}

void json_add_string(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		json_add_bytes(w, key, value, strlen(value));
	else
		json_add_null(w, key);
}

void json_add_i64(struct json_writer *w, const char *key, int64_t value)
{
	json_member(w, key);
	str_addf(w->out, "%lld", (long long)value);
}

void json_add_u64(struct json_writer *w, const char *key, uint64_t value)
{
	json_member(w, key);
	str_addf(w->out, "%llu", (unsigned long long)value);
}

void json_add_bool(struct json_writer *w, const char *key, bool value)
{
	json_add_raw(w, key, value ? "true" : "false");
}

void json_add_null(struct json_writer *w, const char *key)
{
	json_add_raw(w, key, "null");
}

void json_add_raw(struct json_writer *w, const char *key, const char *json)
{
	json_member(w, key);
	str_add(w->out, json);
}

static const char *json_short_escape(unsigned char c)
{
	static const char *const escapes[128] = {
		['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\r'] = "\\r",
		['\t'] = "\\t", ['\b'] = "\\b",	 ['\f'] = "\\f",
	};

	return c < 128 ? escapes[c] : NULL;
}

static size_t json_quote_one(struct str *to, const unsigned char *s, size_t left)
{
	const char *escape = json_short_escape(s[0]);
	uint32_t c;
	size_t n = text_decode((const char *)s, left, &c);

	if (escape)
		str_add(to, escape);
	else if (s[0] < 0x20 || s[0] == 0x7f)
		str_addf(to, "\\u%04x", s[0]);
	else if (n == 0)
		str_add(to, "\\ufffd");
	else
		str_add_bytes(to, s, n);
	return n ? n : 1;
}

static bool json_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void json_quote(struct str *to, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	str_add_char(to, '"');
	while (i < len) {
		size_t run = i;

		while (run < len && json_is_plain(s[run]))
			run++;
		str_add_bytes(to, s + i, run - i);
		i = run;
		if (i < len)
			i += json_quote_one(to, s + i, len - i);
	}
	str_add_char(to, '"');
}
