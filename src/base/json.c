/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_tree.h"

/* Walks over a parsed document. */

#include <string.h>

enum json_kind json_kind(const struct json *j)
{
	return j ? (enum json_kind)j->kind : JSON_NULL;
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

/* The null value is a NULL pointer to everybody else. */
static const struct json *value_of(const struct json *node)
{
	return node->kind == JSON_NULL ? NULL : node;
}

bool json_is_true(const struct json *j)
{
	return j && j->is_true;
}

int json_i64(const struct json *j, int64_t *ret)
{
	if (json_kind(j) != JSON_INT)
		return -EINVAL;
	if (j->too_large || j->magnitude > (uint64_t)INT64_MAX + j->negative)
		return -ERANGE;
	*ret = j->negative ? (int64_t)(~j->magnitude + 1) : (int64_t)j->magnitude;
	return 0;
}

int json_u64(const struct json *j, uint64_t *ret)
{
	if (json_kind(j) != JSON_INT)
		return -EINVAL;
	if (j->too_large || j->negative)
		return -ERANGE;
	*ret = j->magnitude;
	return 0;
}

const char *json_string(const struct json *j, size_t *ret_len)
{
	if (json_kind(j) != JSON_STRING)
		return NULL;
	if (ret_len)
		*ret_len = j->n;
	return j->text;
}

struct json_items json_items(const struct json *array)
{
	if (json_kind(array) != JSON_ARRAY)
		return (struct json_items){ .at = NULL };
	return (struct json_items){ .at = array + 1, .left = array->n };
}

bool json_next(struct json_items *items, const struct json **ret)
{
	if (items->left == 0)
		return false;
	*ret = value_of(items->at);
	items->at += items->at->covers;
	items->left--;
	return true;
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *member = object + 1;
	size_t len = strlen(key);

	if (json_kind(object) != JSON_OBJECT)
		return NULL;
	for (uint32_t i = 0; i < object->n; i++, member = json_member_next(member))
		if (member->n == len && !member->hidden && memcmp(member->text, key, len) == 0)
			return value_of(json_member_value(member));
	return NULL;
}

int json_each(const struct json *object, int (*each)(const char *key, const struct json *value, void *arg), void *arg)
{
	const struct json *member = object + 1;
	int r = 0;

	if (json_kind(object) != JSON_OBJECT)
		return 0;
	for (uint32_t i = 0; i < object->n && r >= 0; i++, member = json_member_next(member))
		if (!member->hidden)
			r = each(member->text, value_of(json_member_value(member)), arg);
	return r < 0 ? r : 0;
}

static const struct json *print_node(const struct json *j, struct str *to);

static void print_container(const struct json *j, struct str *to)
{
	const struct json *at = j + 1;
	bool first = true;

	str_add_char(to, j->kind == JSON_ARRAY ? '[' : '{');
	for (uint32_t i = 0; i < j->n; i++) {
		if (j->kind == JSON_OBJECT && at->hidden) {
			at = json_member_next(at);
			continue;
		}
		if (!first)
			str_add_char(to, ',');
		first = false;
		if (j->kind == JSON_OBJECT) {
			at = print_node(at, to);
			str_add_char(to, ':');
		}
		at = print_node(at, to);
	}
	str_add_char(to, j->kind == JSON_ARRAY ? ']' : '}');
}

/* Answers the node behind. */
static const struct json *print_node(const struct json *j, struct str *to)
{
	switch ((enum json_kind)j->kind) {
	case JSON_NULL:
		str_add(to, "null");
		break;
	case JSON_BOOL:
		str_add(to, j->is_true ? "true" : "false");
		break;
	case JSON_INT:
		if (j->too_large)
			str_add_bytes(to, j->text, j->n);
		else
			str_addf(to, "%s%llu", j->negative ? "-" : "", (unsigned long long)j->magnitude);
		break;
	case JSON_FLOAT:
		str_add_bytes(to, j->text, j->n);
		break;
	case JSON_STRING:
		json_quote(to, j->text, j->n);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		print_container(j, to);
		break;
	}
	return j + j->covers;
}

void json_print(const struct json *j, struct str *to)
{
	if (j)
		(void)print_node(j, to);
	else
		str_add(to, "null");
}
