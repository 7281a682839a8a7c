/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decode.h"

#include <string.h>

#include "base/test.h"

struct leaf {
	char *name;
	uint32_t count;
};

struct named { char *key; uint32_t count; };

struct tree {
	bool flag;
	int32_t small;
	struct opt_i64 limit;
	char *text;
	struct strv list;
	struct strmap map;
	int color;
	struct leaf first;
	struct leaf *maybe;
	struct { struct leaf *items; size_t n; } leaves;
	struct { struct named *items; size_t n; } named;
};

static const char *const colors[] = { "", "red", "green", NULL };

PRIVATE_TABLE(leaf_table, struct leaf,
	DECODE_ROW(struct leaf, "name", name, DECODE_STRING, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct leaf, "count", count, DECODE_U32));

PRIVATE_TABLE(named_table, struct named,
	DECODE_ROW(struct named, "count", count, DECODE_U32, .flags = DECODE_REQUIRED));

RECORD_TABLE(tree_table, struct tree,
	DECODE_ROW(struct tree, "flag", flag, DECODE_BOOL),
	DECODE_ROW(struct tree, "small", small, DECODE_I32),
	DECODE_ROW(struct tree, "limit", limit, DECODE_OPT_I64),
	DECODE_ROW(struct tree, "text", text, DECODE_STRING),
	DECODE_ROW(struct tree, "list", list, DECODE_STRV),
	DECODE_ROW(struct tree, "map", map, DECODE_STRMAP),
	DECODE_ROW(struct tree, "color", color, DECODE_ENUM, .words = colors),
	DECODE_ROW(struct tree, "first", first, DECODE_OBJECT, .table = &leaf_table),
	DECODE_ROW(struct tree, "maybe", maybe, DECODE_OBJECT_PTR, .table = &leaf_table),
	DECODE_ROW(struct tree, "leaves", leaves, DECODE_ARRAY, .table = &leaf_table),
	DECODE_ROW(struct tree, "named", named, DECODE_MAP, .table = &named_table));

static const char whole[] = "{\"flag\":true,\"small\":-5,\"limit\":0,\"text\":\"t\",\"list\":[\"a\",\"b\"],"
			    "\"map\":{\"k\":\"v\"},\"color\":\"green\",\"first\":{\"name\":\"f\",\"count\":1},"
			    "\"maybe\":{\"name\":\"m\"},\"leaves\":[{\"name\":\"x\"},{\"name\":\"y\",\"count\":9}],"
			    "\"named\":{\"a\":{\"count\":3},\"b\":{\"count\":4}}}";

static void a_document_survives_both_directions(void **state)
{
	autostr struct str s = STR_INIT;
	struct json_writer w = { .out = &s };
	struct err e = ERR_INIT;
	struct tree t;

	assert_int_equal(decode_text(&tree_table, whole, strlen(whole), &t, &e), 0);
	assert_true(t.limit.set);
	assert_int_equal(t.limit.value, 0);
	assert_int_equal(t.leaves.items[1].count, 9);
	assert_string_equal(strmap_get(&t.map, "k"), "v");
	assert_string_equal(t.named.items[1].key, "b");
	assert_int_equal(t.named.items[1].count, 4);
	encode(&tree_table, &t, &w, NULL);
	assert_string_equal(s.data, whole);
	decode_done(&tree_table, &t);
}

static void errors_name_the_path_and_the_value(void **state)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "{\"small\":\"x\"}", "small: '\"x\"' is a string, an integer is wanted" },
		{ "{\"small\":2147483648}", "small: '2147483648' is out of range for a signed 32-bit integer" },
		{ "{\"first\":{\"count\":1}}", "first.name: missing" },
		{ "{\"leaves\":[{\"name\":\"a\"},{\"name\":7}]}", "leaves[1].name: '7' is an integer, a string is wanted" },
		{ "{\"leaves\":[{\"name\":\"a\",\"count\":-1}]}",
		  "leaves[0].count: '-1' is out of range for an unsigned 32-bit integer" },
		{ "{\"list\":[\"a\",null]}", "list[1]: 'null' is null, a string is wanted" },
		{ "{\"map\":{\"k\":1}}", "map.k: '1' is an integer, a string is wanted" },
		{ "{\"named\":{\"x\":{\"count\":\"1\"}}}", "named.x.count: '\"1\"' is a string, an integer is wanted" },
		{ "{\"named\":{\"x\":7}}", "named.x: '7' is an integer, an object is wanted" },
		{ "{\"named\":[]}", "named: '[]' is an array, an object is wanted" },
		{ "{\"color\":\"blue\"}", "color: 'blue' is not known" },
		{ "{\"text\":\"a\\u0000b\"}", "text: '\"a\\u0000b\"' is a string, one without a NUL byte is wanted" },
		{ "{\"other\":1}", "other: unknown field" },
		{ "[]", "'[]' is an array, an object is wanted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		struct tree t;

		assert_int_equal(decode_text(&tree_table, cases[i].text, strlen(cases[i].text), &t, &e), -1);
		assert_string_equal(e.text, cases[i].error);
		assert_null(t.leaves.items);
		assert_null(t.named.items);
	}
}

static void a_map_replaces_and_adds(void **state)
{
	struct strmap m = { .pairs = STRV_INIT };

	assert_int_equal(strmap_set(&m, "a", "1"), 0);
	assert_int_equal(strmap_set(&m, "a", "2"), 0);
	assert_int_equal(m.pairs.n, 2);
	assert_string_equal(strmap_get(&m, "a"), "2");
	assert_null(strmap_get(&m, "b"));
	strv_done(&m.pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_survives_both_directions),
		cmocka_unit_test(errors_name_the_path_and_the_value),
		cmocka_unit_test(a_map_replaces_and_adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
