/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

/*
 * Every field of config.json, malformed in every way that its type allows. The cases are derived from the decode tables:
 * for each row of each table that oci_spec_table reaches, a document is made that holds nothing else than what the row's
 * ancestors require, and the wrong value. Each must be refused by an error that begins with the JSON path and shows the
 * value.
 *
 *   spec_malformed_test --print      one line a case: the document, a tab, the path, a tab, the value
 *
 * is what tests/sys/runtime-malformed.bats feeds to the runtime itself.
 */

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/test.h"

enum { DEPTH = 12 };

/* The way from the document down to a field: each frame is a row of the table that the frame above reads. */
struct frame {
	const struct decode_table *table;
	const struct decode_field *field;
};

struct way {
	struct frame frames[DEPTH];
	size_t n;
};

struct bad {
	const char *value; /* JSON; NULL ends the list */
	const char *at;	   /* below the field: "", "[0]", ".key" */
	const char *shown; /* of the value, in the error; NULL: the value itself */
};

#define NOT_A_NUMBER { "\"5\"", "" }, { "true", "" }, { "[1]", "" }, { "{}", "" }, { "1.5", "" }
#define NOT_A_STRING(at, l, r)                                                                     \
	{ l "7" r, at, "7" }, { l "false" r, at, "false" }, { l "[\"x\"]" r, at, "[\"x\"]" },       \
		{ l "{\"a\":1}" r, at, "{\"a\":1}" }, { l "\"a\\u0000b\"" r, at, "\"a\\u0000b\"" }

static const struct bad bad_bool[] = { { "\"true\"", "" }, { "1", "" }, { "[]", "" }, { "{}", "" }, { NULL } };
static const struct bad bad_i32[] = { NOT_A_NUMBER, { "2147483648", "" }, { "-2147483649", "" }, { NULL } };
static const struct bad bad_u32[] = { NOT_A_NUMBER, { "4294967296", "" }, { "-1", "" }, { NULL } };
static const struct bad bad_i64[] = { NOT_A_NUMBER, { "9223372036854775808", "" }, { "-9223372036854775809", "" }, { NULL } };
static const struct bad bad_u64[] = { NOT_A_NUMBER, { "-1", "" }, { "18446744073709551616", "" }, { NULL } };
static const struct bad bad_string[] = { NOT_A_STRING("", "", ""), { NULL } };
static const struct bad bad_strings[] = {
	{ "\"x\"", "" }, { "7", "" }, { "{\"a\":1}", "" }, NOT_A_STRING("[0]", "[", "]"),
	{ "[\"right\",7]", "[1]", "7" }, { "[null]", "[0]", "null" }, { NULL },
};
static const struct bad bad_strmap[] = {
	{ "\"x\"", "" }, { "7", "" }, { "[\"x\"]", "" }, NOT_A_STRING(".key", "{\"key\":", "}"),
	{ "{\"key\":null}", ".key", "null" }, { NULL },
};
static const struct bad bad_enum[] = {
	NOT_A_STRING("", "", ""), { "\"nonsense\"", "", "nonsense" }, { "\"\"", "", "" }, { NULL },
};
static const struct bad bad_object[] = { { "\"x\"", "" }, { "7", "" }, { "[]", "" }, { "true", "" }, { NULL } };
static const struct bad bad_array[] = {
	{ "\"x\"", "" }, { "7", "" }, { "{}", "" }, { "[7]", "[0]", "7" }, { "[\"x\"]", "[0]", "\"x\"" },
	{ "[null]", "[0]", "null" }, { NULL },
};
static const struct bad bad_map[] = {
	{ "\"x\"", "" }, { "7", "" }, { "[]", "" }, { "{\"key\":7}", ".key", "7" }, { NULL },
};
static const struct bad bad_gids[] = { /* the one custom field */
	{ "\"x\"", "" }, { "7", "" }, { "{}", "" }, { "[-1]", "[0]", "-1" }, { "[0,4294967296]", "[1]", "4294967296" },
	{ "[\"5\"]", "[0]", "\"5\"" }, { "[1.5]", "[0]", "1.5" }, { "[null]", "[0]", "null" }, { NULL },
};

/* By type: what is wrong for it, and what is right. */
static const struct { const struct bad *bad; const char *right; } types[] = {
	[DECODE_BOOL] = { bad_bool, "true" },	   [DECODE_I32] = { bad_i32, "1" },
	[DECODE_U32] = { bad_u32, "1" },	   [DECODE_I64] = { bad_i64, "-1" },
	[DECODE_U64] = { bad_u64, "1" },	   [DECODE_OPT_BOOL] = { bad_bool, "false" },
	[DECODE_OPT_I64] = { bad_i64, "1" },	   [DECODE_OPT_U64] = { bad_u64, "1" },
	[DECODE_OPT_U32] = { bad_u32, "1" },	   [DECODE_STRING] = { bad_string, "\"x\"" },
	[DECODE_STRV] = { bad_strings, "[\"x\"]" }, [DECODE_STRMAP] = { bad_strmap, "{\"key\":\"x\"}" },
	[DECODE_ENUM] = { bad_enum, NULL },	   [DECODE_OBJECT] = { bad_object, NULL },
	[DECODE_OBJECT_PTR] = { bad_object, NULL }, [DECODE_ARRAY] = { bad_array, "[]" },
	[DECODE_MAP] = { bad_map, "{}" },	   [DECODE_CUSTOM] = { bad_gids, "[5]" },
};

static void object_with(const struct decode_table *t, const char *name, const char *value, struct str *to);

/* A value that is right for the field. */
static void right(const struct decode_field *f, struct str *to)
{
	if (f->type == DECODE_ENUM)
		str_addf(to, "\"%s\"", f->words[1]);
	else if (types[f->type].right)
		str_add(to, types[f->type].right);
	else
		object_with(f->table, NULL, NULL, to);
}

/* An object with the required fields of the table, and one field by value (NULL: left out). */
static void object_with(const struct decode_table *t, const char *name, const char *value, struct str *to)
{
	const char *comma = "";

	str_add_char(to, '{');
	for (size_t i = 0; i < t->n; i++) {
		const struct decode_field *f = &t->fields[i];
		bool chosen = name && str_eq(f->name, name);

		if (chosen ? !value : !(f->flags & DECODE_REQUIRED))
			continue;
		str_addf(to, "%s\"%s\":", comma, f->name);
		if (chosen)
			str_add(to, value);
		else
			right(f, to);
		comma = ",";
	}
	str_add_char(to, '}');
}

static bool is_array(const struct decode_field *f)
{
	return f->type == DECODE_ARRAY;
}

static bool is_map(const struct decode_field *f)
{
	return f->type == DECODE_MAP;
}

static bool is_container(const struct decode_field *f)
{
	return f->table != NULL;
}

/* The document in which the way's last field has this value. */
static void document(const struct way *way, const char *value, struct str *to)
{
	char *inner = value ? strdup(value) : NULL;

	for (size_t i = way->n; i-- > 0;) {
		const struct decode_field *f = way->frames[i].field;
		autostr struct str wrapped = STR_INIT, object = STR_INIT;
		bool last = i == way->n - 1;

		str_addf(&wrapped, "%s%s%s", !last && is_array(f) ? "[" : !last && is_map(f) ? "{\"key\":" : "",
			 inner ? inner : "", !last && is_array(f) ? "]" : !last && is_map(f) ? "}" : "");
		object_with(way->frames[i].table, f->name, inner ? str_text(&wrapped) : NULL, &object);
		free(inner);
		inner = str_take(&object);
	}
	str_add(to, inner);
	free(inner);
}

static void path_of(const struct way *way, struct str *to)
{
	for (size_t i = 0; i < way->n; i++) {
		const struct decode_field *f = way->frames[i].field;

		str_addf(to, "%s%s", i ? "." : "", f->name);
		if (i < way->n - 1)
			str_add(to, is_array(f) ? "[0]" : is_map(f) ? ".key" : "");
	}
}

/* ---- what is done with a case ---- */

typedef void (*each_case)(const char *text, const char *path, const char *shown, void *arg);

static void cases_of_field(const struct way *way, each_case each, void *arg)
{
	static const char *const absent[] = { NULL, "null" };
	const struct decode_field *f = way->frames[way->n - 1].field;

	for (const struct bad *b = types[f->type].bad; b->value; b++) {
		autostr struct str text = STR_INIT, path = STR_INIT;

		document(way, b->value, &text);
		path_of(way, &path);
		str_add(&path, b->at);
		each(str_text(&text), str_text(&path), b->shown ? b->shown : b->value, arg);
	}
	for (size_t i = 0; f->flags & DECODE_REQUIRED && i < ARRAY_SIZE(absent); i++) {
		autostr struct str text = STR_INIT, path = STR_INIT;

		document(way, absent[i], &text);
		path_of(way, &path);
		each(str_text(&text), str_text(&path), "missing", arg);
	}
}

static void cases_of_table(struct way *way, const struct decode_table *t, each_case each, void *arg)
{
	assert_true(way->n < DEPTH);
	for (size_t i = 0; i < t->n; i++) {
		way->frames[way->n++] = (struct frame){ t, &t->fields[i] };
		cases_of_field(way, each, arg);
		if (is_container(&t->fields[i]))
			cases_of_table(way, t->fields[i].table, each, arg);
		way->n--;
	}
}

static void all_cases(each_case each, void *arg)
{
	struct way way = { .n = 0 };

	cases_of_table(&way, &oci_spec_table, each, arg);
}

static void expect_refusal(const char *text, const char *path, const char *shown, void *arg)
{
	struct oci_spec spec;
	struct err e = ERR_INIT;
	size_t *count = arg, len = strlen(path);

	if (oci_spec_parse(text, strlen(text), &spec, &e) == 0)
		fail_msg("accepted: %s", text);
	if (strncmp(e.text, path, len) != 0 || e.text[len] != ':' || !strstr(e.text + len, shown))
		fail_msg("'%s' does not name '%s' and '%s', in %s", e.text, path, shown, text);
	++*count;
}

static void every_malformed_field_is_refused_by_its_path_and_value(void **state)
{
	size_t count = 0;

	all_cases(expect_refusal, &count);
	assert_true(count > 1400);
}

/* Were the documents wrong by themselves, the cases would prove nothing. */
static void accept_right(struct way *way, const struct decode_table *t, size_t *count)
{
	for (size_t i = 0; i < t->n; i++) {
		autostr struct str value = STR_INIT, text = STR_INIT;
		struct oci_spec spec;
		struct err e = ERR_INIT;

		way->frames[way->n++] = (struct frame){ t, &t->fields[i] };
		right(&t->fields[i], &value);
		document(way, str_text(&value), &text);
		if (oci_spec_parse(str_text(&text), text.len, &spec, &e) < 0)
			fail_msg("%s: %s", str_text(&text), e.text);
		oci_spec_done(&spec);
		++*count;
		if (is_container(&t->fields[i]))
			accept_right(way, t->fields[i].table, count);
		way->n--;
	}
}

static void the_same_documents_with_right_values_are_read(void **state)
{
	struct way way = { .n = 0 };
	size_t count = 0;

	accept_right(&way, &oci_spec_table, &count);
	assert_true(count > 200);
}

static void print(const char *text, const char *path, const char *shown, void *arg)
{
	(void)printf("%s\t%s\t%s\n", text, path, shown);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_malformed_field_is_refused_by_its_path_and_value),
		cmocka_unit_test(the_same_documents_with_right_values_are_read),
	};

	if (argc > 1 && str_eq(argv[1], "--print")) {
		all_cases(print, NULL);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
