/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/variant.h"

/*
 * One function a kind of value; each appends its words and its signature. `expect` is the type that is wanted here, or
 * NULL: then a value has its default type, an array the type of its first element.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { DEPTH_MAX = 8, TOKEN_MAX = 64 };

struct reader {
	const char *at;
	int depth;
	struct err *e;
};

struct value {
	struct str signature;
	struct strv words;
};

static void value_done(struct value *v)
{
	str_done(&v->signature);
	strv_done(&v->words);
}

static size_t type_len(const char *signature, int depth)
{
	size_t len = 1, inner;

	if (depth > DEPTH_MAX || !signature[0])
		return 0;
	if (signature[0] == 'a') {
		inner = type_len(signature + 1, depth + 1);
		return inner ? inner + 1 : 0;
	}
	if (signature[0] != '(')
		return strchr("ybnqiuxtdsogv", signature[0]) ? 1 : 0;
	for (; signature[len] != ')'; len += inner) {
		inner = type_len(signature + len, depth + 1);
		if (!inner)
			return 0;
	}
	return len > 1 ? len + 1 : 0;
}

size_t variant_type_len(const char *signature)
{
	return type_len(signature, 0);
}

static int parse_value(struct reader *r, const char *expect, struct value *to);

static int fail(struct reader *r, const char *what)
{
	return err_set(r->e, ERR_INVALID, "%s is wanted at '%.20s'", what, r->at);
}

static void skip_space(struct reader *r)
{
	r->at += strspn(r->at, " \t\n");
}

/* Is this the next character? Then it is taken. */
static bool accept(struct reader *r, char c)
{
	skip_space(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* A value of one basic type. */
static int put(struct reader *r, struct value *to, char type, const char *word)
{
	str_add_char(&to->signature, type);
	return strv_add(&to->words, word) < 0 ? err_nomem(r->e) : 0;
}

/* ---- text ---- */

/* Up to the closing quote; a backslash takes the next character as it is, but for \n and \t. */
static int read_quoted(struct reader *r, struct str *to)
{
	char quote = *r->at++;

	for (; *r->at && *r->at != quote; r->at++) {
		char c = *r->at;

		if (c == '\\' && r->at[1]) {
			c = *++r->at;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		str_add_char(to, c);
	}
	return accept(r, quote) ? 0 : fail(r, "a closing quote");
}

static int parse_string(struct reader *r, const char *expect, struct value *to)
{
	autostr struct str text = STR_INIT;

	if (expect && !strchr("sog", expect[0]))
		return fail(r, "no string");
	return read_quoted(r, &text) < 0 ? -1 : put(r, to, expect ? expect[0] : 's', str_text(&text));
}

/* b'...': an array of bytes that ends in a zero. */
static int parse_bytes(struct reader *r, struct value *to)
{
	autostr struct str text = STR_INIT;

	r->at++;
	if (read_quoted(r, &text) < 0)
		return -1;
	str_add(&to->signature, "ay");
	if (strv_addf(&to->words, "%zu", text.len + 1) < 0)
		return err_nomem(r->e);
	for (size_t i = 0; i <= text.len; i++)
		if (strv_addf(&to->words, "%u", (unsigned char)str_text(&text)[i]) < 0)
			return err_nomem(r->e);
	return 0;
}

/* ---- numbers ---- */

static int parse_number(struct reader *r, const char *expect, struct value *to)
{
	size_t len = strspn(r->at, "+-.0123456789abcdefxABCDEFX");
	char token[TOKEN_MAX], word[TOKEN_MAX], *end;
	bool fraction;
	int n;

	if (len == 0 || len >= sizeof(token))
		return fail(r, "a value");
	memcpy(token, r->at, len);
	token[len] = '\0';
	fraction = expect ? expect[0] == 'd' : !str_starts(token, "0x") && strpbrk(token, ".eE");
	if (expect && !strchr("ynqiuxtd", expect[0]))
		return fail(r, "no number");
	errno = 0;
	if (fraction)
		n = snprintf(word, sizeof(word), "%.17g", strtod(token, &end));
	else if (token[0] == '-')
		n = snprintf(word, sizeof(word), "%lld", strtoll(token, &end, 0));
	else
		n = snprintf(word, sizeof(word), "%llu", strtoull(token, &end, 0));
	if (errno || end == token || *end || n < 0 || n >= (int)sizeof(word))
		return fail(r, "a number");
	r->at += len;
	return put(r, to, expect ? expect[0] : fraction ? 'd' : 'i', word);
}

/* ---- words: true, uint64 5 ---- */

static int parse_word(struct reader *r, const char *expect, struct value *to)
{
	static const struct { const char *word, *type; } types[] = {
		{ "boolean", "b" }, { "byte", "y" },  { "int16", "n" },	 { "uint16", "q" }, { "int32", "i" },	  { "uint32", "u" },
		{ "int64", "x" },   { "uint64", "t" }, { "double", "d" }, { "string", "s" }, { "objectpath", "o" }, { "signature", "g" },
	};
	size_t len = strcspn(r->at, " \t\n,])>");
	char word[TOKEN_MAX] = "";

	if (len < sizeof(word))
		memcpy(word, r->at, len);
	if (str_eq(word, "true") || str_eq(word, "false")) {
		if (expect && expect[0] != 'b')
			return fail(r, "no truth value");
		r->at += len;
		return put(r, to, 'b', word);
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(word, types[i].word) && (!expect || expect[0] == types[i].type[0])) {
			r->at += len;
			return parse_value(r, types[i].type, to);
		}
	return fail(r, "a value");
}

/* ---- containers ---- */

/* One element: its words go to `to`, and its type must be that of `first`, which it is when it is the first. */
static int parse_element(struct reader *r, const char *expect, struct str *first, struct strv *to)
{
	cleanup(value_done) struct value one = { .signature = STR_INIT };

	if (parse_value(r, expect, &one) < 0)
		return -1;
	if (first->len == 0)
		str_add(first, str_text(&one.signature));
	else if (!str_eq(str_text(first), str_text(&one.signature)))
		return fail(r, "an array of one type");
	return strv_copy(to, &one.words) < 0 ? err_nomem(r->e) : 0;
}

static int parse_array(struct reader *r, const char *expect, struct value *to)
{
	cleanup(value_done) struct value elements = { .signature = STR_INIT };
	size_t n = 0, len = expect ? variant_type_len(expect) : 0;

	if (expect && expect[0] != 'a')
		return fail(r, "no array");
	if (expect)
		str_add_bytes(&elements.signature, expect + 1, len - 1);
	while (!accept(r, ']')) {
		const char *type = elements.signature.len ? str_text(&elements.signature) : NULL;

		if (n++ > 0 && !accept(r, ','))
			return fail(r, "a comma");
		if (parse_element(r, type, &elements.signature, &elements.words) < 0)
			return -1;
	}
	if (elements.signature.len == 0)
		return fail(r, "the type of an empty array (@as [])");
	str_add_char(&to->signature, 'a');
	str_add(&to->signature, str_text(&elements.signature));
	if (strv_addf(&to->words, "%zu", n) < 0 || strv_copy(&to->words, &elements.words) < 0)
		return err_nomem(r->e);
	return 0;
}

static int parse_tuple(struct reader *r, const char *expect, struct value *to)
{
	const char *next = expect ? expect + 1 : NULL;
	size_t n = 0;

	if (expect && expect[0] != '(')
		return fail(r, "no tuple");
	str_add_char(&to->signature, '(');
	while (!accept(r, ')')) {
		if (n++ > 0 && !accept(r, ','))
			return fail(r, "a comma");
		if (n > 1 && accept(r, ')')) /* ("a",) */
			break;
		if (next && *next == ')')
			return fail(r, "a shorter tuple");
		if (parse_value(r, next, to) < 0)
			return -1;
		if (next)
			next += variant_type_len(next);
	}
	str_add_char(&to->signature, ')');
	return n == 0 || (next && *next != ')') ? fail(r, "a longer tuple") : 0;
}

static int parse_variant(struct reader *r, const char *expect, struct value *to)
{
	cleanup(value_done) struct value inner = { .signature = STR_INIT };

	if (expect && expect[0] != 'v')
		return fail(r, "no variant");
	if (parse_value(r, NULL, &inner) < 0)
		return -1;
	if (!accept(r, '>'))
		return fail(r, "'>'");
	str_add_char(&to->signature, 'v');
	if (strv_add(&to->words, str_text(&inner.signature)) < 0 || strv_copy(&to->words, &inner.words) < 0)
		return err_nomem(r->e);
	return 0;
}

/* @TYPE VALUE */
static int parse_typed(struct reader *r, const char *expect, struct value *to)
{
	size_t len = strcspn(r->at, " \t\n");
	char type[TOKEN_MAX];

	if (len >= sizeof(type))
		return fail(r, "a shorter type");
	memcpy(type, r->at, len);
	type[len] = '\0';
	if (variant_type_len(type) != len || (expect && strncmp(expect, type, len) != 0))
		return fail(r, "a type");
	r->at += len;
	return parse_value(r, type, to);
}

static int parse_some_value(struct reader *r, const char *expect, struct value *to)
{
	skip_space(r);
	if (accept(r, '['))
		return parse_array(r, expect, to);
	if (accept(r, '('))
		return parse_tuple(r, expect, to);
	if (accept(r, '<'))
		return parse_variant(r, expect, to);
	if (accept(r, '@'))
		return parse_typed(r, expect, to);
	if (*r->at == '\'' || *r->at == '"')
		return parse_string(r, expect, to);
	if (*r->at == 'b' && (r->at[1] == '\'' || r->at[1] == '"') && (!expect || str_starts(expect, "ay")))
		return parse_bytes(r, to);
	return isalpha((unsigned char)*r->at) ? parse_word(r, expect, to) : parse_number(r, expect, to);
}

static int parse_value(struct reader *r, const char *expect, struct value *to)
{
	int result;

	if (r->depth == DEPTH_MAX)
		return fail(r, "less nesting");
	r->depth++;
	result = parse_some_value(r, expect, to);
	r->depth--;
	return result;
}

int variant_parse(const char *text, struct strv *to, struct err *e)
{
	cleanup(value_done) struct value value = { .signature = STR_INIT };
	struct reader r = { .at = text, .e = e };
	int result = parse_value(&r, NULL, &value);

	skip_space(&r);
	if (result == 0 && *r.at)
		result = fail(&r, "the end");
	if (result < 0)
		return -1;
	if (value.signature.failed || strv_add(to, str_text(&value.signature)) < 0 || strv_copy(to, &value.words) < 0)
		return err_nomem(e);
	return 0;
}
