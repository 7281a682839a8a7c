/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Documents by table: one static table of fields says how a JSON object and a C struct correspond, in both directions.
 * decode fills a zeroed struct, encode writes what is set, decode_done frees what decode (or a maker that follows the
 * same rules) allocated. An error names the JSON path and the offending value: `linux.resources.pids.limit: '"x"' is
 * a string, an integer is wanted`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/vec.h"

/* Optional scalars: absent and zero differ. */
struct opt_bool { bool set, value; };
struct opt_i64 { bool set; int64_t value; };
struct opt_u64 { bool set; uint64_t value; };
struct opt_u32 { bool set; uint32_t value; };

enum decode_type {
	DECODE_BOOL,	   /* bool */
	DECODE_I32,	   /* int32_t; out of range is an error, never cut */
	DECODE_U32,	   /* uint32_t */
	DECODE_I64,	   /* int64_t */
	DECODE_U64,	   /* uint64_t */
	DECODE_OPT_BOOL,   /* struct opt_bool */
	DECODE_OPT_I64,
	DECODE_OPT_U64,
	DECODE_OPT_U32,
	DECODE_STRING,	   /* char *, NULL if absent; a NUL byte inside is an error */
	DECODE_STRV,	   /* struct strv */
	DECODE_STRMAP,	   /* struct strmap */
	DECODE_ENUM,	   /* int: index into .words, whose entry 0 is the unset value and may be "" */
	DECODE_OBJECT,	   /* an embedded struct, .table */
	DECODE_OBJECT_PTR, /* struct *: NULL if absent, else calloc'ed, .table */
	DECODE_ARRAY,	   /* struct { T *items; size_t n; }, .table of T */
	DECODE_MAP,	   /* the same for an object of objects: T begins with its key, a char * that no row names */
	DECODE_CUSTOM,	   /* .custom */
};

enum decode_flags {
	DECODE_REQUIRED = 1, /* absent or null is an error */
	DECODE_ALWAYS = 2,   /* encode writes it even when it is zero, empty or false */
};

struct decode_table;

/* For fields that no row describes. Paths of errors are completed by the caller: set only what is wrong. */
struct decode_custom {
	int (*decode)(const struct json *value, void *field, struct err *e);
	void (*encode)(struct json_writer *w, const char *key, const void *field); /* writes nothing when unset */
	void (*done)(void *field);
};

/* "'VALUE' is a string, WANTED is wanted", the value compact and cut. */
int decode_wrong(const struct json *value, const char *wanted, struct err *e);

struct decode_field {
	const char *name;
	enum decode_type type;
	size_t offset;
	unsigned flags;
	const struct decode_table *table;
	const char *const *words; /* NULL-terminated */
	const struct decode_custom *custom;
};

struct decode_table {
	size_t size; /* of the struct */
	const struct decode_field *fields;
	size_t n;
	bool strict; /* an unknown key is an error (our own records); otherwise it is ignored, as OCI demands */
};

/* Defines a table: DECODE_TABLE for one that a header declares, PRIVATE_TABLE for one of this file. */
#define DECODE_TABLE(name, type, ...)                                                              \
	static const struct decode_field name##_fields[] = { __VA_ARGS__ };                        \
	const struct decode_table name = DECODE_TABLE_OF(name##_fields, type)
#define PRIVATE_TABLE(name, type, ...)                                                             \
	static const struct decode_field name##_fields[] = { __VA_ARGS__ };                        \
	static const struct decode_table name = DECODE_TABLE_OF(name##_fields, type)
#define DECODE_TABLE_OF(fields_, type)                                                             \
	{                                                                                          \
		.size = sizeof(type), .fields = fields_, .n = sizeof(fields_) / sizeof(fields_[0]) \
	}

/* A record of our own: an unknown key is an error. */
#define RECORD_TABLE(name, type, ...)                                                              \
	static const struct decode_field name##_fields[] = { __VA_ARGS__ };                        \
	const struct decode_table name = {                                                         \
		.size = sizeof(type),                                                              \
		.fields = name##_fields,                                                           \
		.n = sizeof(name##_fields) / sizeof(name##_fields[0]),                             \
		.strict = true,                                                                    \
	}

/* One row: DECODE_ROW(struct thing, "jsonName", member, DECODE_STRING, .flags = DECODE_REQUIRED). */
#define DECODE_ROW(type_, json_name, member, kind, ...)                                            \
	{                                                                                          \
		.name = json_name, .type = kind, .offset = offsetof(type_, member), __VA_ARGS__    \
	}

/* *to is zeroed first; on failure it is released and zero again. */
int decode(const struct decode_table *t, const struct json *from, void *to, struct err *e);
int decode_text(const struct decode_table *t, const char *bytes, size_t len, void *to, struct err *e);
void encode(const struct decode_table *t, const void *from, struct json_writer *w, const char *key);
void decode_done(const struct decode_table *t, void *object);
