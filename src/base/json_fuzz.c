/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as JSON. What is accepted is walked through every accessor and written by our own writer, compact and indented;
 * both texts are read again and print as the first did. Any bytes as a string are quoted to a text that is read again.
 */

#include "base/json.h"

#include "base/fuzz.h"

static void write_value(const struct json *j, const char *key, struct json_writer *w);

static int write_member(const char *key, const struct json *value, void *arg)
{
	if (json_get(value, key) && json_kind(value) != JSON_OBJECT)
		abort();
	write_value(value, key, arg);
	return 0;
}

static void write_number(const struct json *j, const char *key, struct json_writer *w)
{
	int64_t i;
	uint64_t u;

	if (json_i64(j, &i) == 0)
		json_add_i64(w, key, i);
	else if (json_u64(j, &u) == 0)
		json_add_u64(w, key, u);
	else
		abort();
}

static void write_value(const struct json *j, const char *key, struct json_writer *w)
{
	autostr struct str text = STR_INIT;
	const char *s;
	size_t len;

	switch (json_kind(j)) {
	case JSON_NULL:
		json_add_string(w, key, NULL);
		break;
	case JSON_BOOL:
		json_add_bool(w, key, json_is_true(j));
		break;
	case JSON_INT:
		write_number(j, key, w);
		break;
	case JSON_FLOAT:
		json_print(j, &text);
		json_add_raw(w, key, str_text(&text));
		break;
	case JSON_STRING:
		s = json_string(j, &len);
		json_add_bytes(w, key, s, len);
		break;
	case JSON_ARRAY:
		json_array_begin(w, key);
		for (size_t i = 0; i < json_array_len(j); i++)
			write_value(json_array_at(j, i), NULL, w);
		json_array_end(w);
		break;
	case JSON_OBJECT:
		json_object_begin(w, key);
		(void)json_each(j, write_member, w);
		json_object_end(w);
		break;
	}
}

static void check_same(const struct str *written, const struct str *printed)
{
	autojson struct json *again = NULL;
	autostr struct str text = STR_INIT;

	if (json_parse(written->data, written->len, &again, NULL) < 0)
		abort();
	json_print(again, &text);
	if (!str_eq(str_text(&text), str_text(printed)))
		abort();
}

static void check_quoted(const char *bytes, size_t size)
{
	autojson struct json *again = NULL;
	autostr struct str quoted = STR_INIT;

	json_quote(&quoted, bytes, size);
	if (json_parse(quoted.data, quoted.len, &again, NULL) < 0 || !json_string(again, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned indents[] = { 0, 2, JSON_TABS };
	autojson struct json *root = NULL;
	autostr struct str printed = STR_INIT;
	struct err e = ERR_INIT;

	check_quoted((const char *)data, size);
	if (json_parse((const char *)data, size, &root, &e) < 0)
		return e.code == ERR_NONE ? (abort(), 0) : 0;
	if (!json_kind_name(json_kind(root))[0])
		abort();
	json_print(root, &printed);
	for (size_t i = 0; i < ARRAY_SIZE(indents); i++) {
		autostr struct str written = STR_INIT;
		struct json_writer w = { .out = &written, .indent = indents[i] };

		write_value(root, NULL, &w);
		check_same(&written, &printed);
	}
	return 0;
}
