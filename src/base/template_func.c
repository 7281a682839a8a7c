/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_tree.h"

/* The functions, one row each: Go's own and those that Docker adds. */

#include <string.h>

#include "base/text.h"

enum { PAD_MAX = 4096 };

static int wanted(struct run *r, const char *name, const struct value *v, const char *what)
{
	return run_fail(r, "%s: %s is given, %s is wanted", name, value_type(v), what);
}

static struct value truth(bool is)
{
	return (struct value){ .kind = VALUE_BOOL, .truth = is };
}

/* ---- logic ---- */

/* The last one decides: an earlier one would have ended the call. */
static int call_last(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	*ret = args[n - 1];
	return 0;
}

static int call_not(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	*ret = truth(!value_is_true(&args[0]));
	return 0;
}

static double as_double(const struct value *v)
{
	return v->kind == VALUE_INT ? (double)v->integer : v->fraction;
}

static bool is_number(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
}

static int order(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int order_text(const struct value *a, const struct value *b)
{
	size_t least = a->len < b->len ? a->len : b->len;
	int r = memcmp(a->text, b->text, least);

	return r ? r : order((double)a->len, (double)b->len);
}

/* <0, 0 or >0 in *ret; values that have no order among each other are an error. */
static int compare(struct run *r, const struct value *a, const struct value *b, int *ret)
{
	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		*ret = a->integer < b->integer ? -1 : a->integer > b->integer;
	else if (is_number(a) && is_number(b))
		*ret = order(as_double(a), as_double(b));
	else if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT)
		*ret = order_text(a, b);
	else
		return run_fail(r, "%s and %s cannot be compared", value_type(a), value_type(b));
	return 0;
}

static int equal(struct run *r, const struct value *a, const struct value *b, bool *ret)
{
	int result = 0;

	if (a->kind == VALUE_NONE || b->kind == VALUE_NONE) {
		*ret = a->kind == b->kind;
		return 0;
	}
	if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL) {
		*ret = a->truth == b->truth;
		return 0;
	}
	if (compare(r, a, b, &result) < 0)
		return -1;
	*ret = result == 0;
	return 0;
}

/* eq a b c: is a one of the others? */
static int call_eq(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	bool same = false;

	for (size_t i = 1; i < n && !same; i++)
		if (equal(r, &args[0], &args[i], &same) < 0)
			return -1;
	*ret = truth(same);
	return 0;
}

static int call_ne(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	if (call_eq(r, args, n, ret) < 0)
		return -1;
	ret->truth = !ret->truth;
	return 0;
}

#define CALL_ORDER(name_, test_)                                                                               \
	static int call_##name_(struct run *r, const struct value *args, size_t n, struct value *ret)         \
	{                                                                                                      \
		int result = 0;                                                                                    \
		if (compare(r, &args[0], &args[1], &result) < 0)                                               \
			return -1;                                                                             \
		*ret = truth(result test_ 0);                                                                  \
		return 0;                                                                                      \
	}
CALL_ORDER(lt, <)
CALL_ORDER(le, <=)
CALL_ORDER(gt, >)
CALL_ORDER(ge, >=)

/* ---- parts of values ---- */

static int count_member(const char *key, const struct json *value, void *arg)
{
	++*(size_t *)arg;
	return 0;
}

static int call_len(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct value v = args[0];
	size_t len = v.len;

	if (v.kind == VALUE_JSON && json_kind(v.json) == JSON_ARRAY)
		len = json_array_len(v.json);
	else if (v.kind == VALUE_JSON)
		(void)json_each(v.json, count_member, &len);
	else if (v.kind != VALUE_TEXT)
		return wanted(r, "len", &v, "a string, a list or a map");
	*ret = (struct value){ .kind = VALUE_INT, .integer = (int64_t)len };
	return 0;
}

static int index_one(struct run *r, struct value *v, const struct value *key)
{
	if (v->kind == VALUE_JSON && json_kind(v->json) == JSON_ARRAY) {
		if (key->kind != VALUE_INT)
			return wanted(r, "index of a list", key, "an int");
		if (key->integer < 0 || (uint64_t)key->integer >= json_array_len(v->json))
			return run_fail(r, "index: %lld is out of range, there are %zu", (long long)key->integer,
					json_array_len(v->json));
		*v = value_of(json_array_at(v->json, (size_t)key->integer));
		return 0;
	}
	if (v->kind != VALUE_JSON && v->kind != VALUE_NONE)
		return wanted(r, "index", v, "a list or a map");
	if (key->kind != VALUE_TEXT)
		return wanted(r, "index of a map", key, "a string");
	/* Docker's maps are of strings: what is not there is the empty one. */
	*v = v->kind == VALUE_JSON ? value_of(json_get(v->json, key->text)) : *v;
	if (v->kind == VALUE_NONE)
		*v = value_text("");
	return 0;
}

static int call_index(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct value v = args[0];

	for (size_t i = 1; i < n; i++)
		if (index_one(r, &v, &args[i]) < 0)
			return -1;
	*ret = v;
	return 0;
}

static int slice_list(struct run *r, const struct json *list, size_t from, size_t to, struct value *ret)
{
	autostr struct str text = STR_INIT;

	str_add_char(&text, '[');
	for (size_t i = from; i < to; i++) {
		if (i > from)
			str_add_char(&text, ',');
		json_print(json_array_at(list, i), &text);
	}
	str_add_char(&text, ']');
	return run_keep_json(r, &text, ret);
}

static int call_slice(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	bool list = args[0].kind == VALUE_JSON && json_kind(args[0].json) == JSON_ARRAY;
	size_t len = list ? json_array_len(args[0].json) : args[0].len, at[2] = { 0, len };
	autostr struct str text = STR_INIT;

	if (!list && args[0].kind != VALUE_TEXT)
		return wanted(r, "slice", &args[0], "a string or a list");
	for (size_t i = 1; i < n; i++) {
		if (args[i].kind != VALUE_INT)
			return wanted(r, "slice", &args[i], "an int");
		if (args[i].integer < 0 || (uint64_t)args[i].integer > len)
			return run_fail(r, "slice: %lld is out of range, the length is %zu", (long long)args[i].integer, len);
		at[i - 1] = (size_t)args[i].integer;
	}
	if (at[0] > at[1])
		return run_fail(r, "slice: the end %zu is before the start %zu", at[1], at[0]);
	if (list)
		return slice_list(r, args[0].json, at[0], at[1], ret);
	str_add_bytes(&text, args[0].text + at[0], at[1] - at[0]);
	return run_keep(r, &text, ret);
}

/* ---- texts ---- */

static int call_print(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < n; i++) {
		/* As Go: a space between two that are both no strings. */
		if (i > 0 && args[i].kind != VALUE_TEXT && args[i - 1].kind != VALUE_TEXT)
			str_add_char(&text, ' ');
		value_print(&args[i], &text);
	}
	return run_keep(r, &text, ret);
}

static int call_println(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			str_add_char(&text, ' ');
		value_print(&args[i], &text);
	}
	str_add_char(&text, '\n');
	return run_keep(r, &text, ret);
}

static int call_printf(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	if (args[0].kind != VALUE_TEXT)
		return wanted(r, "printf", &args[0], "a format");
	template_printf(args, n, &text);
	return run_keep(r, &text, ret);
}

static int call_json(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	value_print_json(&args[0], &text);
	return run_keep(r, &text, ret);
}

static int call_join(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;
	const struct value *list = &args[0];

	if (list->kind != VALUE_NONE && (list->kind != VALUE_JSON || json_kind(list->json) != JSON_ARRAY))
		return wanted(r, "join", list, "a list");
	if (args[1].kind != VALUE_TEXT)
		return wanted(r, "join", &args[1], "a string");
	for (size_t i = 0; list->kind == VALUE_JSON && i < json_array_len(list->json); i++) {
		struct value v = value_of(json_array_at(list->json, i));

		if (i > 0)
			str_add_bytes(&text, args[1].text, args[1].len);
		value_print(&v, &text);
	}
	return run_keep(r, &text, ret);
}

/* How far the next piece of split goes: to the separator, or one character when there is none. */
static size_t piece(const char *at, size_t left, const struct value *by)
{
	const char *found;
	uint32_t c;
	size_t n;

	if (by->len > 0) {
		found = memmem(at, left, by->text, by->len);
		return found ? (size_t)(found - at) : left;
	}
	n = left ? text_decode(at, left, &c) : 0;
	return n ? n : left > 0;
}

static int call_split(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };
	size_t at = 0;

	for (size_t i = 0; i < 2; i++)
		if (args[i].kind != VALUE_TEXT)
			return wanted(r, "split", &args[i], "a string");
	json_array_begin(&w, NULL);
	for (;;) {
		size_t len = piece(args[0].text + at, args[0].len - at, &args[1]);

		if (args[1].len > 0 || len > 0)
			json_add_bytes(&w, NULL, args[0].text + at, len);
		at += len;
		if (at == args[0].len)
			break;
		at += args[1].len;
	}
	json_array_end(&w);
	return run_keep_json(r, &text, ret);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\'' || (c & 0x80);
}

enum letters { LETTERS_LOWER, LETTERS_UPPER, LETTERS_TITLE };

/* ASCII: names, states and platforms have no other letters. */
static int change_letters(struct run *r, const struct value *v, const char *name, enum letters how, struct value *ret)
{
	autostr struct str text = STR_INIT;

	if (v->kind != VALUE_TEXT)
		return wanted(r, name, v, "a string");
	for (size_t i = 0; i < v->len; i++) {
		char c = v->text[i];
		bool first = i == 0 || !is_letter(v->text[i - 1]);

		if (how == LETTERS_LOWER && c >= 'A' && c <= 'Z')
			c = (char)(c + 'a' - 'A');
		else if ((how == LETTERS_UPPER || (how == LETTERS_TITLE && first)) && c >= 'a' && c <= 'z')
			c = (char)(c + 'A' - 'a');
		str_add_char(&text, c);
	}
	return run_keep(r, &text, ret);
}

static int call_lower(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	return change_letters(r, &args[0], "lower", LETTERS_LOWER, ret);
}

static int call_upper(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	return change_letters(r, &args[0], "upper", LETTERS_UPPER, ret);
}

static int call_title(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	return change_letters(r, &args[0], "title", LETTERS_TITLE, ret);
}

/* pad "text" 2 3: that many spaces before and behind; nothing around nothing. */
static int call_pad(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	if (args[0].kind != VALUE_TEXT)
		return wanted(r, "pad", &args[0], "a string");
	for (size_t i = 1; i < 3; i++)
		if (args[i].kind != VALUE_INT || args[i].integer < 0 || args[i].integer > PAD_MAX)
			return run_fail(r, "pad: a number of spaces from 0 to %d is wanted", PAD_MAX);
	if (args[0].len > 0) {
		str_addf(&text, "%*s", (int)args[1].integer, "");
		str_add_bytes(&text, args[0].text, args[0].len);
		str_addf(&text, "%*s", (int)args[2].integer, "");
	}
	return run_keep(r, &text, ret);
}

/* truncate "text" 2: its first two bytes. */
static int call_truncate(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	autostr struct str text = STR_INIT;

	if (args[0].kind != VALUE_TEXT)
		return wanted(r, "truncate", &args[0], "a string");
	if (args[1].kind != VALUE_INT || args[1].integer < 0)
		return wanted(r, "truncate", &args[1], "a length");
	str_add_bytes(&text, args[0].text,
		      (uint64_t)args[1].integer < args[0].len ? (size_t)args[1].integer : args[0].len);
	return run_keep(r, &text, ret);
}

static const struct template_function functions[] = {
	{ "and", 1, TEMPLATE_ARGS, call_last, .lazy = true },
	{ "eq", 2, TEMPLATE_ARGS, call_eq },
	{ "ge", 2, 2, call_ge },
	{ "gt", 2, 2, call_gt },
	{ "index", 1, TEMPLATE_ARGS, call_index },
	{ "join", 2, 2, call_join, .not_heads = true },
	{ "json", 1, 1, call_json, .not_heads = true },
	{ "le", 2, 2, call_le },
	{ "len", 1, 1, call_len },
	{ "lower", 1, 1, call_lower, .not_heads = true },
	{ "lt", 2, 2, call_lt },
	{ "ne", 2, 2, call_ne },
	{ "not", 1, 1, call_not },
	{ "or", 1, TEMPLATE_ARGS, call_last, .lazy = true },
	{ "pad", 3, 3, call_pad },
	{ "print", 0, TEMPLATE_ARGS, call_print },
	{ "printf", 1, TEMPLATE_ARGS, call_printf },
	{ "println", 0, TEMPLATE_ARGS, call_println },
	{ "slice", 1, 3, call_slice },
	{ "split", 2, 2, call_split, .not_heads = true },
	{ "title", 1, 1, call_title, .not_heads = true },
	{ "truncate", 2, 2, call_truncate, .not_heads = true },
	{ "upper", 1, 1, call_upper, .not_heads = true },
};

const struct template_function *template_function_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
			return &functions[i];
	return NULL;
}
