/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Between base/toml.c, which knows tables, and base/toml_value.c, which knows keys, strings, numbers, lists. */

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum toml_kind {
	TOML_TABLE,
	TOML_TABLES, /* [[name]]: an array whose elements are tables */
	TOML_ARRAY,
	TOML_STRING,
	TOML_RAW, /* a number or a truth, as JSON writes it */
};

struct toml_node {
	char *key; /* NULL in arrays and for the root */
	enum toml_kind kind;
	struct str text;
	struct { struct toml_node *items; size_t n; } children;
	bool closed; /* nothing may be added */
	bool named;  /* a header had its name */
	bool dotted; /* a dotted key made it */
};

struct toml_reader {
	const char *at, *end;
	size_t line;
};

void toml_node_done(struct toml_node *node);
struct toml_node *toml_add(struct toml_node *to, char *key, enum toml_kind kind);
int toml_wrong(const struct toml_reader *r, const char *what, struct err *e); /* "line 3: WHAT", -1 */
void toml_skip_blanks(struct toml_reader *r);
int toml_skip_lines(struct toml_reader *r, struct err *e); /* blanks, comments, ends of lines */
int toml_read_pair(struct toml_reader *r, struct toml_node *table, unsigned depth, struct err *e);

int toml_read_key(struct toml_reader *r, char **ret, struct err *e);
/* Fills `node`, whose key is there already. */
int toml_read_value(struct toml_reader *r, struct toml_node *node, unsigned depth, struct err *e);
