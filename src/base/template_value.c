/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_tree.h"

/* Values as Go prints them. */

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct value number_of(const struct json *j, bool integer)
{
	struct value v = { .kind = integer ? VALUE_INT : VALUE_FLOAT };
	autostr struct str text = STR_INIT;

	if (integer && json_i64(j, &v.integer) == 0)
		return v;
	/* Beyond 63 bits, or with a fraction. */
	json_print(j, &text);
	v.kind = VALUE_FLOAT;
	v.fraction = strtod(str_text(&text), NULL);
	return v;
}

struct value value_of(const struct json *j)
{
	struct value v = { .kind = VALUE_JSON, .json = j };

	switch (json_kind(j)) {
	case JSON_NULL:
		return (struct value){ .kind = VALUE_NONE };
	case JSON_BOOL:
		return (struct value){ .kind = VALUE_BOOL, .truth = json_is_true(j) };
	case JSON_INT:
	case JSON_FLOAT:
		return number_of(j, json_kind(j) == JSON_INT);
	case JSON_STRING:
		v.kind = VALUE_TEXT;
		v.text = json_string(j, &v.len);
		return v;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return v;
}

struct value value_text(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text, .len = strlen(text) };
}

static int some_member(const char *key, const struct json *value, void *arg)
{
	return -1;
}

bool value_is_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
		return false;
	case VALUE_BOOL:
		return v->truth;
	case VALUE_INT:
		return v->integer != 0;
	case VALUE_FLOAT:
		return v->fraction < 0 || v->fraction > 0;
	case VALUE_TEXT:
		return v->len > 0;
	case VALUE_JSON:
		break;
	}
	return json_array_len(v->json) > 0 || json_each(v->json, some_member, NULL) < 0;
}

const char *value_type(const struct value *v)
{
	static const char *const names[] = {
		[VALUE_NONE] = "nil",	    [VALUE_BOOL] = "bool",   [VALUE_INT] = "int",
		[VALUE_FLOAT] = "float64", [VALUE_TEXT] = "string", [VALUE_JSON] = "map[string]interface {}",
	};

	return v->kind == VALUE_JSON && json_kind(v->json) == JSON_ARRAY ? "[]interface {}" : names[v->kind];
}

/* ---- sorted members ---- */

struct member {
	const char *key;
	const struct json *value;
};

struct members {
	struct member *items;
	size_t n;
};

static int add_member(const char *key, const struct json *value, void *arg)
{
	struct member *m = vec_add((struct members *)arg);

	if (!m)
		return -ENOMEM;
	*m = (struct member){ key, value };
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

int value_each_sorted(const struct json *object, int (*each)(const char *key, const struct json *value, void *arg), void *arg)
{
	struct members list = { NULL };
	int r = json_each(object, add_member, &list);

	if (list.n > 1)
		qsort(list.items, list.n, sizeof(*list.items), by_key);
	for (size_t i = 0; i < list.n && r == 0; i++)
		r = each(list.items[i].key, list.items[i].value, arg);
	free(list.items);
	return r;
}

/* ---- printing ---- */

/* Go's %v of a float64: as few digits as tell it from its neighbours, an exponent from seven digits on. */
void value_print_float(double number, struct str *to)
{
	char text[64];
	int digits = 1, exponent;

	if (isnan(number) || isinf(number)) {
		str_add(to, isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
		return;
	}
	do
		(void)snprintf(text, sizeof(text), "%.*e", digits - 1, number);
	while (strtod(text, NULL) != number && digits++ < 17);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 6)
		str_add(to, text);
	else
		str_addf(to, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0, number);
}

struct printing {
	struct str *to;
	bool started;
};

static void print_json(const struct json *j, struct str *to);

static int print_member(const char *key, const struct json *value, void *arg)
{
	struct printing *p = arg;

	if (p->started)
		str_add_char(p->to, ' ');
	p->started = true;
	str_addf(p->to, "%s:", key);
	print_json(value, p->to);
	return 0;
}

/* Recursion is bounded by the depth of JSON. */
static void print_json(const struct json *j, struct str *to)
{
	struct printing p = { to, false };
	struct value v;

	switch (json_kind(j)) {
	case JSON_NULL:
		str_add(to, "<nil>");
		return;
	case JSON_ARRAY:
		str_add_char(to, '[');
		for (size_t i = 0; i < json_array_len(j); i++) {
			if (i > 0)
				str_add_char(to, ' ');
			print_json(json_array_at(j, i), to);
		}
		str_add_char(to, ']');
		return;
	case JSON_OBJECT:
		str_add(to, "map[");
		if (value_each_sorted(j, print_member, &p) < 0)
			to->failed = true;
		str_add_char(to, ']');
		return;
	default:
		v = value_of(j);
		value_print(&v, to);
	}
}

void value_print(const struct value *v, struct str *to)
{
	switch (v->kind) {
	case VALUE_NONE:
		str_add(to, "<no value>");
		return;
	case VALUE_BOOL:
		str_add(to, v->truth ? "true" : "false");
		return;
	case VALUE_INT:
		str_addf(to, "%lld", (long long)v->integer);
		return;
	case VALUE_FLOAT:
		value_print_float(v->fraction, to);
		return;
	case VALUE_TEXT:
		str_add_bytes(to, v->text, v->len);
		return;
	case VALUE_JSON:
		print_json(v->json, to);
		return;
	}
}

void value_print_json(const struct value *v, struct str *to)
{
	if (v->kind == VALUE_JSON)
		json_print(v->json, to);
	else if (v->kind == VALUE_TEXT)
		json_quote(to, v->text, v->len);
	else if (v->kind == VALUE_NONE)
		str_add(to, "null");
	else
		value_print(v, to);
}
