/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

/*
 * A struct json is json-c's object under another name. json-c keeps integers above INT64_MAX apart, which seccomp's
 * masks need; everything else is a plain walk.
 */

#include <json-c/json.h>
#include <string.h>

#include "base/text.h"

enum { JSON_DEPTH = 64 };

static struct json_object *json_raw(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

static const struct json *json_wrap(const struct json_object *o)
{
	return (const struct json *)o;
}

DEFINE_CLEANUP(struct json_tokener *, json_tokener_free)

/* Does an integer of these digits fit into 64 bits? */
static bool json_fits(const char *digits, size_t n, bool negative)
{
	static const char *const largest[] = { "18446744073709551615", "9223372036854775808" };
	size_t most = strlen(largest[negative]);

	return n < most || (n == most && memcmp(digits, largest[negative], n) <= 0);
}

static bool json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How many of the bytes, from `at` on, are among `set`. */
static size_t json_span(const char *bytes, size_t len, size_t at, const char *set)
{
	size_t n = 0;

	while (at + n < len && bytes[at + n] && strchr(set, bytes[at + n]))
		n++;
	return n;
}

/* The end of the string that begins at `at`. */
static size_t json_skip_string(const char *bytes, size_t len, size_t at)
{
	for (at++; at < len && bytes[at] != '"'; at++)
		if (bytes[at] == '\\')
			at++;
	return at + 1;
}

/* The length of the number at `at`; *ret_large: it is an integer beyond 64 bits. */
static size_t json_number(const char *bytes, size_t len, size_t at, bool *ret_large)
{
	bool negative = bytes[at] == '-';
	size_t digits = json_span(bytes, len, at + negative, "0123456789");
	size_t number = json_span(bytes, len, at, "0123456789.eE+-");

	*ret_large = digits && number == digits + negative && !json_fits(bytes + at + negative, digits, negative);
	return number;
}

/* The end of the next integer beyond 64 bits at or after `at`; 0: none. */
static size_t json_find_large(const char *bytes, size_t len, size_t at)
{
	bool large = false;

	while (at < len && !large) {
		if (bytes[at] == '"')
			at = json_skip_string(bytes, len, at);
		else if (bytes[at] == '-' || json_is_digit(bytes[at]))
			at += json_number(bytes, len, at, &large);
		else
			at++;
	}
	return large ? at : 0;
}

/* json-c cuts an integer beyond 64 bits to the nearest that fits. With a fraction it keeps the text, and whoever wants
 * an integer refuses it. 1: `to` is the text to parse, 0: as it is. */
static int json_mark_large(const char *bytes, size_t len, struct str *to)
{
	size_t from = 0, end;

	while ((end = json_find_large(bytes, len, from))) {
		str_add_bytes(to, bytes + from, end - from);
		str_add(to, ".0");
		from = end;
	}
	if (from > 0)
		str_add_bytes(to, bytes + from, len - from);
	return to->failed ? -ENOMEM : from > 0;
}

static int json_parse_marked(const char *bytes, size_t len, struct json **ret, struct err *e)
{
	cleanup(json_tokener_free_p) struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	enum json_tokener_error error;
	struct json_object *root;

	if (!tokener)
		return err_nomem(e);
	if (len > INT32_MAX)
		return err_set(e, ERR_INVALID, "JSON of %zu bytes is too long", len);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tokener, bytes, (int)len);
	error = json_tokener_get_error(tokener);
	/* A number at the very end is complete only when its end is seen. */
	if (error == json_tokener_continue && len > 0) {
		root = json_tokener_parse_ex(tokener, "", -1);
		error = json_tokener_get_error(tokener);
	}
	if (error == json_tokener_success) {
		*ret = (struct json *)root;
		return 0;
	}
	json_object_put(root);
	if (error == json_tokener_continue || error == json_tokener_error_parse_eof)
		return err_set(e, ERR_INVALID, "JSON ends after %zu bytes in the middle of a value", len);
	return err_set(e, ERR_INVALID, "JSON is not valid at byte %zu: %s", json_tokener_get_parse_end(tokener),
		       json_tokener_error_desc(error));
}

/* json-c's own check takes overlong forms and surrogates. */
static int json_check_utf8(const char *bytes, size_t len, struct err *e)
{
	uint32_t c;

	for (size_t at = 0, n; at < len; at += n) {
		n = (unsigned char)bytes[at] < 0x80 ? 1 : text_decode(bytes + at, len - at, &c);
		if (n == 0)
			return err_set(e, ERR_INVALID, "JSON is not valid at byte %zu: no UTF-8", at);
	}
	return 0;
}

int json_parse(const char *bytes, size_t len, struct json **ret, struct err *e)
{
	autostr struct str marked = STR_INIT;
	int r;

	if (json_check_utf8(bytes, len, e) < 0)
		return -1;
	r = json_mark_large(bytes, len, &marked);
	if (r < 0)
		return err_nomem(e);
	return r ? json_parse_marked(marked.data, marked.len, ret, e) : json_parse_marked(bytes, len, ret, e);
}

void json_free(struct json *root)
{
	json_object_put((struct json_object *)root);
}

enum json_kind json_kind(const struct json *j)
{
	static const enum json_kind types[] = {
		[json_type_null] = JSON_NULL,	  [json_type_boolean] = JSON_BOOL, [json_type_double] = JSON_FLOAT,
		[json_type_int] = JSON_INT,	  [json_type_object] = JSON_OBJECT, [json_type_array] = JSON_ARRAY,
		[json_type_string] = JSON_STRING,
	};

	return types[json_object_get_type(json_raw(j))];
}

const char *json_kind_name(enum json_kind type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	     [JSON_BOOL] = "a boolean", [JSON_INT] = "an integer",
		[JSON_FLOAT] = "a fraction", [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[type];
}

bool json_is_true(const struct json *j)
{
	return json_object_get_boolean(json_raw(j));
}

/* json-c saturates; a value that comes back saturated and is not printed as such was out of range. */
int json_i64(const struct json *j, int64_t *ret)
{
	if (json_kind(j) != JSON_INT)
		return -EINVAL;
	if (json_object_get_int64(json_raw(j)) == INT64_MAX && json_object_get_uint64(json_raw(j)) > INT64_MAX)
		return -ERANGE;
	*ret = json_object_get_int64(json_raw(j));
	return 0;
}

int json_u64(const struct json *j, uint64_t *ret)
{
	if (json_kind(j) != JSON_INT)
		return -EINVAL;
	if (json_object_get_int64(json_raw(j)) < 0)
		return -ERANGE;
	*ret = json_object_get_uint64(json_raw(j));
	return 0;
}

const char *json_string(const struct json *j, size_t *ret_len)
{
	if (json_kind(j) != JSON_STRING)
		return NULL;
	if (ret_len)
		*ret_len = (size_t)json_object_get_string_len(json_raw(j));
	return json_object_get_string(json_raw(j));
}

size_t json_array_len(const struct json *j)
{
	return json_kind(j) == JSON_ARRAY ? json_object_array_length(json_raw(j)) : 0;
}

const struct json *json_array_at(const struct json *j, size_t i)
{
	return json_wrap(json_object_array_get_idx(json_raw(j), i));
}

const struct json *json_get(const struct json *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_kind(object) != JSON_OBJECT)
		return NULL;
	(void)json_object_object_get_ex(json_raw(object), key, &value);
	return json_wrap(value);
}

int json_each(const struct json *object, int (*each)(const char *key, const struct json *value, void *arg), void *arg)
{
	struct json_object_iterator at, end;
	int r = 0;

	if (json_kind(object) != JSON_OBJECT)
		return 0;
	at = json_object_iter_begin(json_raw(object));
	end = json_object_iter_end(json_raw(object));
	while (r >= 0 && !json_object_iter_equal(&at, &end)) {
		r = each(json_object_iter_peek_name(&at), json_wrap(json_object_iter_peek_value(&at)), arg);
		json_object_iter_next(&at);
	}
	return r < 0 ? r : 0;
}

void json_print(const struct json *j, struct str *to)
{
	const char *text = json_object_to_json_string_ext(
		json_raw(j), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		str_add(to, text);
	else
		to->failed = true;
}
