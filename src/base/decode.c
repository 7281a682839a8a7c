/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decode.h"

/*
 * Each field type is one row: how to read a value into the struct, how to write it, how to release it. Errors are made
 * where the value is and completed with the path on the way up, one component a level, so that no path is built unless
 * something is wrong.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct decode_kind {
	int (*read)(const struct decode_field *f, const struct json *j, void *at, struct err *e);
	bool (*is_set)(const struct decode_field *f, const void *at);
	void (*write)(const struct decode_field *f, const void *at, struct json_writer *w, const char *key);
	void (*done)(const struct decode_field *f, void *at); /* NULL: owns nothing */
};

struct vec_head {
	char *items;
	size_t n;
};

/* One component of the path in front of what is there already. */
__attribute__((format(printf, 2, 3))) static int decode_path(struct err *e, const char *format, ...)
{
	char tail[sizeof(e->text)], part[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	memcpy(tail, e->text, sizeof(tail));
	(void)snprintf(e->text, sizeof(e->text), "%s%.700s", part, tail);
	return -1;
}

int decode_wrong(const struct json *j, const char *wanted, struct err *e)
{
	autostr struct str text = STR_INIT;

	json_print(j, &text);
	return err_set(e, ERR_INVALID, ": '%.100s' is %s, %s is wanted", str_text(&text), json_kind_name(json_kind(j)),
		       wanted);
}

static int decode_range(const struct json *j, const char *wanted, struct err *e)
{
	autostr struct str text = STR_INIT;

	json_print(j, &text);
	return err_set(e, ERR_INVALID, ": '%.100s' is out of range for %s", str_text(&text), wanted);
}

/* ---- scalars ---- */

static int read_bool(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	if (json_kind(j) != JSON_BOOL)
		return decode_wrong(j, "a boolean", e);
	*(bool *)at = json_is_true(j);
	return 0;
}

static bool set_bool(const struct decode_field *f, const void *at)
{
	return *(const bool *)at;
}

static void write_bool(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	json_add_bool(w, key, *(const bool *)at);
}

static int read_signed(const struct json *j, int64_t min, int64_t max, int64_t *ret, struct err *e)
{
	int r = json_i64(j, ret);

	if (r == -EINVAL)
		return decode_wrong(j, "an integer", e);
	if (r < 0 || *ret < min || *ret > max)
		return decode_range(j, max == INT64_MAX ? "a signed 64-bit integer" : "a signed 32-bit integer", e);
	return 0;
}

static int read_unsigned(const struct json *j, uint64_t max, uint64_t *ret, struct err *e)
{
	int r = json_u64(j, ret);

	if (r == -EINVAL)
		return decode_wrong(j, "an integer", e);
	if (r < 0 || *ret > max)
		return decode_range(j, max == UINT64_MAX ? "an unsigned 64-bit integer" : "an unsigned 32-bit integer",
				    e);
	return 0;
}

static int read_i32(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	int64_t v;
	int r = read_signed(j, INT32_MIN, INT32_MAX, &v, e);

	if (r == 0)
		*(int32_t *)at = (int32_t)v;
	return r;
}

static int read_u32(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	uint64_t v;
	int r = read_unsigned(j, UINT32_MAX, &v, e);

	if (r == 0)
		*(uint32_t *)at = (uint32_t)v;
	return r;
}

static int read_i64(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	int64_t v;
	int r = read_signed(j, INT64_MIN, INT64_MAX, &v, e);

	if (r == 0)
		*(int64_t *)at = v;
	return r;
}

static int read_u64(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	uint64_t v;
	int r = read_unsigned(j, UINT64_MAX, &v, e);

	if (r == 0)
		*(uint64_t *)at = v;
	return r;
}

#define DEFINE_SCALAR(word, type, add, wide)                                                       \
	static bool set_##word(const struct decode_field *f, const void *at)                       \
	{                                                                                          \
		return *(const type *)at != 0;                                                     \
	}                                                                                          \
	static void write_##word(const struct decode_field *f, const void *at, struct json_writer *w, const char *key) \
	{                                                                                          \
		add(w, key, (wide) * (const type *)at);                                            \
	}

DEFINE_SCALAR(i32, int32_t, json_add_i64, int64_t)
DEFINE_SCALAR(u32, uint32_t, json_add_u64, uint64_t)
DEFINE_SCALAR(i64, int64_t, json_add_i64, int64_t)
DEFINE_SCALAR(u64, uint64_t, json_add_u64, uint64_t)

#define DEFINE_OPTIONAL(word, add)                                                                 \
	static int read_opt_##word(const struct decode_field *f, const struct json *j, void *at, struct err *e) \
	{                                                                                          \
		struct opt_##word *o = at;                                                         \
		int r = read_##word(f, j, &o->value, e);                                           \
                                                                                                   \
		o->set = r == 0;                                                                   \
		return r;                                                                          \
	}                                                                                          \
	static bool set_opt_##word(const struct decode_field *f, const void *at)                   \
	{                                                                                          \
		return ((const struct opt_##word *)at)->set;                                       \
	}                                                                                          \
	static void write_opt_##word(const struct decode_field *f, const void *at, struct json_writer *w, \
				     const char *key)                                              \
	{                                                                                          \
		add(w, key, ((const struct opt_##word *)at)->value);                               \
	}

DEFINE_OPTIONAL(bool, json_add_bool)
DEFINE_OPTIONAL(i64, json_add_i64)
DEFINE_OPTIONAL(u64, json_add_u64)
DEFINE_OPTIONAL(u32, json_add_u64)

/* ---- strings ---- */

static char *decode_string(const struct json *j, struct err *e)
{
	size_t len;
	const char *s = json_string(j, &len);
	char *copy;

	if (!s) {
		(void)decode_wrong(j, "a string", e);
		return NULL;
	}
	if (strlen(s) != len) {
		(void)decode_wrong(j, "one without a NUL byte", e);
		return NULL;
	}
	copy = strdup(s);
	if (!copy)
		(void)err_nomem(e);
	return copy;
}

static int read_string(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	char *s = decode_string(j, e);

	if (!s)
		return -1;
	free(*(char **)at);
	*(char **)at = s;
	return 0;
}

static bool set_pointer(const struct decode_field *f, const void *at)
{
	return *(void *const *)at != NULL;
}

static void write_string(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	json_add_string(w, key, *(char *const *)at ? *(char *const *)at : "");
}

static void done_string(const struct decode_field *f, void *at)
{
	free(*(char **)at);
}

static int read_strv(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	if (json_kind(j) != JSON_ARRAY)
		return decode_wrong(j, "an array of strings", e);
	for (size_t i = 0; i < json_array_len(j); i++) {
		char *s = decode_string(json_array_at(j, i), e);

		if (!s)
			return decode_path(e, "[%zu]", i);
		if (strv_take(at, s) < 0)
			return err_nomem(e);
	}
	return 0;
}

static bool set_vec(const struct decode_field *f, const void *at)
{
	return ((const struct vec_head *)at)->n > 0;
}

static void write_strv(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	const struct strv *v = at;

	json_array_begin(w, key);
	for (size_t i = 0; i < v->n; i++)
		json_add_string(w, NULL, v->items[i]);
	json_array_end(w);
}

static void done_strv(const struct decode_field *f, void *at)
{
	strv_done(at);
}

struct strmap_read {
	struct strv *pairs;
	struct err *e;
};

static int read_pair(const char *key, const struct json *value, void *arg)
{
	struct strmap_read *read = arg;
	char *s = decode_string(value, read->e);

	if (!s)
		return decode_path(read->e, ".%s", key);
	if (strv_add(read->pairs, key) < 0) {
		free(s);
		return err_nomem(read->e);
	}
	return strv_take(read->pairs, s) < 0 ? err_nomem(read->e) : 0;
}

static int read_strmap(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	struct strmap_read read = { .pairs = &((struct strmap *)at)->pairs, .e = e };

	if (json_kind(j) != JSON_OBJECT)
		return decode_wrong(j, "an object of strings", e);
	return json_each(j, read_pair, &read);
}

static void write_strmap(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	const struct strv *v = &((const struct strmap *)at)->pairs;

	json_object_begin(w, key);
	for (size_t i = 0; i + 1 < v->n; i += 2)
		json_add_string(w, v->items[i], v->items[i + 1]);
	json_object_end(w);
}

static int read_enum(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	size_t len;
	const char *s = json_string(j, &len);

	if (!s)
		return decode_wrong(j, "a string", e);
	if (strlen(s) != len)
		return decode_wrong(j, "one without a NUL byte", e);
	for (int i = 0; f->words[i]; i++)
		if (s[0] && str_eq(s, f->words[i])) {
			*(int *)at = i;
			return 0;
		}
	return err_set(e, ERR_INVALID, ": '%.100s' is not known", s);
}

static bool set_enum(const struct decode_field *f, const void *at)
{
	return *(const int *)at != 0;
}

static void write_enum(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	json_add_string(w, key, f->words[*(const int *)at]);
}

/* ---- structures ---- */

static int decode_into(const struct decode_table *t, const struct json *from, void *to, struct err *e);

static int read_object(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	return decode_into(f->table, j, at, e);
}

static bool set_object(const struct decode_field *f, const void *at)
{
	const char *bytes = at;

	for (size_t i = 0; i < f->table->size; i++)
		if (bytes[i])
			return true;
	return false;
}

static void write_object(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	encode(f->table, at, w, key);
}

static void done_object(const struct decode_field *f, void *at)
{
	decode_done(f->table, at);
}

static int read_object_ptr(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	void **p = at;

	if (!*p)
		*p = calloc(1, f->table->size);
	return *p ? decode_into(f->table, j, *p, e) : err_nomem(e);
}

static void write_object_ptr(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	const void *p = *(void *const *)at;

	if (p)
		encode(f->table, p, w, key);
	else
		json_add_null(w, key);
}

static void done_object_ptr(const struct decode_field *f, void *at)
{
	void *p = *(void **)at;

	if (p)
		decode_done(f->table, p);
	free(p);
}

static int read_array(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	struct vec_head *v = at;

	if (json_kind(j) != JSON_ARRAY)
		return decode_wrong(j, "an array", e);
	for (size_t i = 0; i < json_array_len(j); i++) {
		void *item = vec_grow(&v->items, &v->n, f->table->size);

		if (!item)
			return err_nomem(e);
		if (decode_into(f->table, json_array_at(j, i), item, e) < 0)
			return decode_path(e, "[%zu]", i);
	}
	return 0;
}

static void write_array(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	const struct vec_head *v = at;

	json_array_begin(w, key);
	for (size_t i = 0; i < v->n; i++)
		encode(f->table, v->items + i * f->table->size, w, NULL);
	json_array_end(w);
}

static void done_array(const struct decode_field *f, void *at)
{
	struct vec_head *v = at;

	for (size_t i = 0; i < v->n; i++)
		decode_done(f->table, v->items + i * f->table->size);
	free(v->items);
}

struct map_read {
	const struct decode_table *table;
	struct vec_head *to;
	struct err *e;
};

static int read_entry(const char *key, const struct json *value, void *arg)
{
	struct map_read *read = arg;
	char **item = vec_grow(&read->to->items, &read->to->n, read->table->size);

	if (item)
		*item = strdup(key);
	if (!item || !*item)
		return err_nomem(read->e);
	return decode_into(read->table, value, item, read->e) < 0 ? decode_path(read->e, ".%s", key) : 0;
}

static int read_map(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	struct map_read read = { .table = f->table, .to = at, .e = e };

	if (json_kind(j) != JSON_OBJECT)
		return decode_wrong(j, "an object", e);
	return json_each(j, read_entry, &read);
}

static void write_map(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	const struct vec_head *v = at;

	json_object_begin(w, key);
	for (size_t i = 0; i < v->n; i++) {
		const char *item = v->items + i * f->table->size;

		encode(f->table, item, w, *(const char *const *)item);
	}
	json_object_end(w);
}

static void done_map(const struct decode_field *f, void *at)
{
	struct vec_head *v = at;

	for (size_t i = 0; i < v->n; i++)
		free(*(char **)(v->items + i * f->table->size));
	done_array(f, at);
}

static int read_custom(const struct decode_field *f, const struct json *j, void *at, struct err *e)
{
	return f->custom->decode(j, at, e);
}

static bool set_custom(const struct decode_field *f, const void *at)
{
	return true;
}

static void write_custom(const struct decode_field *f, const void *at, struct json_writer *w, const char *key)
{
	f->custom->encode(w, key, at);
}

static void done_custom(const struct decode_field *f, void *at)
{
	if (f->custom->done)
		f->custom->done(at);
}

static const struct decode_kind kinds[] = {
	[DECODE_BOOL] = { read_bool, set_bool, write_bool, NULL },
	[DECODE_I32] = { read_i32, set_i32, write_i32, NULL },
	[DECODE_U32] = { read_u32, set_u32, write_u32, NULL },
	[DECODE_I64] = { read_i64, set_i64, write_i64, NULL },
	[DECODE_U64] = { read_u64, set_u64, write_u64, NULL },
	[DECODE_OPT_BOOL] = { read_opt_bool, set_opt_bool, write_opt_bool, NULL },
	[DECODE_OPT_I64] = { read_opt_i64, set_opt_i64, write_opt_i64, NULL },
	[DECODE_OPT_U64] = { read_opt_u64, set_opt_u64, write_opt_u64, NULL },
	[DECODE_OPT_U32] = { read_opt_u32, set_opt_u32, write_opt_u32, NULL },
	[DECODE_STRING] = { read_string, set_pointer, write_string, done_string },
	[DECODE_STRV] = { read_strv, set_vec, write_strv, done_strv },
	[DECODE_STRMAP] = { read_strmap, set_vec, write_strmap, done_strv },
	[DECODE_ENUM] = { read_enum, set_enum, write_enum, NULL },
	[DECODE_OBJECT] = { read_object, set_object, write_object, done_object },
	[DECODE_OBJECT_PTR] = { read_object_ptr, set_pointer, write_object_ptr, done_object_ptr },
	[DECODE_ARRAY] = { read_array, set_vec, write_array, done_array },
	[DECODE_MAP] = { read_map, set_vec, write_map, done_map },
	[DECODE_CUSTOM] = { read_custom, set_custom, write_custom, done_custom },
};

static void *field_at(const struct decode_field *f, void *object)
{
	return (char *)object + f->offset;
}

struct unknown_search {
	const struct decode_table *table;
	struct err *e;
};

static int refuse_unknown(const char *key, const struct json *value, void *arg)
{
	struct unknown_search *search = arg;

	for (size_t i = 0; i < search->table->n; i++)
		if (str_eq(search->table->fields[i].name, key))
			return 0;
	return err_set(search->e, ERR_INVALID, ".%.100s: unknown field", key);
}

static int decode_into(const struct decode_table *t, const struct json *from, void *to, struct err *e)
{
	struct unknown_search search = { .table = t, .e = e };

	if (json_kind(from) != JSON_OBJECT)
		return decode_wrong(from, "an object", e);
	for (size_t i = 0; i < t->n; i++) {
		const struct decode_field *f = &t->fields[i];
		const struct json *value = json_get(from, f->name);

		if (!value && f->flags & DECODE_REQUIRED)
			return err_set(e, ERR_INVALID, ".%s: missing", f->name);
		if (value && kinds[f->type].read(f, value, field_at(f, to), e) < 0)
			return decode_path(e, ".%s", f->name);
	}
	return t->strict ? json_each(from, refuse_unknown, &search) : 0;
}

int decode(const struct decode_table *t, const struct json *from, void *to, struct err *e)
{
	struct err inner = ERR_INIT;

	memset(to, 0, t->size);
	if (decode_into(t, from, to, &inner) == 0)
		return 0;
	decode_done(t, to);
	/* The path begins with the separator of its first component. */
	return err_set(e, (enum err_code)inner.code, "%s", inner.text + strspn(inner.text, ".: "));
}

int decode_text(const struct decode_table *t, const char *bytes, size_t len, void *to, struct err *e)
{
	autojson struct json *root = NULL;

	if (json_parse(bytes, len, &root, e) < 0)
		return -1;
	return decode(t, root, to, e);
}

void encode(const struct decode_table *t, const void *from, struct json_writer *w, const char *key)
{
	json_object_begin(w, key);
	for (size_t i = 0; i < t->n; i++) {
		const struct decode_field *f = &t->fields[i];
		const void *at = (const char *)from + f->offset;

		if (f->flags & (DECODE_ALWAYS | DECODE_REQUIRED) || kinds[f->type].is_set(f, at))
			kinds[f->type].write(f, at, w, f->name);
	}
	json_object_end(w);
}

void decode_done(const struct decode_table *t, void *object)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct decode_field *f = &t->fields[i];

		if (kinds[f->type].done)
			kinds[f->type].done(f, field_at(f, object));
	}
	memset(object, 0, t->size);
}
