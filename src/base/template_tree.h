/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between the files of base/template: the tree that parsing makes, the values that running it passes around, and the table of
 * functions. The tree owns its strings; a value borrows from the data, from the tree or from the run that made it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/template.h"
#include "base/vec.h"

enum { TEMPLATE_DEPTH = 32, TEMPLATE_STEPS = 1000000 };

/* ---- values ---- */

enum value_kind { VALUE_NONE, VALUE_BOOL, VALUE_INT, VALUE_FLOAT, VALUE_TEXT, VALUE_JSON /* an array or an object */ };

struct value {
	enum value_kind kind;
	bool truth;
	int64_t integer;
	double fraction;
	const char *text;
	size_t len;
	const struct json *json;
};

struct value value_of(const struct json *j);
struct value value_text(const char *text);
bool value_is_true(const struct value *v);
const char *value_type(const struct value *v); /* Go's name: "string", "int" */
void value_print(const struct value *v, struct str *to); /* as Go's %v */
void value_print_json(const struct value *v, struct str *to);
void value_print_float(double number, struct str *to);

/* Calls `each` for the members of an object in the order of their keys, as Go walks maps. */
int value_each_sorted(const struct json *object, int (*each)(const char *key, const struct json *value, void *arg), void *arg);

/* ---- the tree ---- */

struct run;

struct template_function {
	const char *name;
	size_t min, max; /* arguments */
	int (*call)(struct run *r, const struct value *args, size_t n, struct value *ret);
	bool lazy; /* arguments behind the one that decides are not looked at: and, or */
	bool not_heads; /* see template_data */
};

enum { TEMPLATE_ARGS = 32 };
const struct template_function *template_function_find(const char *name, size_t len); /* NULL: there is none */

enum operand_kind { OPERAND_DOT, OPERAND_VARIABLE, OPERAND_PIPE, OPERAND_CONSTANT, OPERAND_FUNCTION };

struct operand {
	enum operand_kind kind;
	size_t at, len; /* in the template's text */
	char *name;	/* of a variable, without the dollar; "" is $ itself */
	const struct template_function *function;
	struct pipe *pipe;
	struct value constant;
	char *owned; /* the constant's text */
	struct strv fields; /* .A.B behind it */
};

struct command {
	struct operand *items; /* the first is called with the others */
	size_t n;
};

struct pipe {
	struct command *items;
	size_t n;
	char *variables[2]; /* "$x :=", "range $k, $v :=" */
	size_t n_variables;
	bool assigns; /* "=" and not ":=" */
	size_t at, len;
};

enum node_kind { NODE_TEXT, NODE_PRINT, NODE_IF, NODE_WITH, NODE_RANGE, NODE_BREAK, NODE_CONTINUE };

struct nodes {
	struct node *items;
	size_t n;
};

struct node {
	enum node_kind kind;
	char *text;
	size_t len;
	struct pipe *pipe;
	struct nodes body, otherwise;
};

struct template {
	char *text;
	struct nodes nodes;
};

/* "template: LINE:COLUMN: ..." */
int template_fail(const char *text, size_t at, struct err *e, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- running ---- */

struct run {
	const struct template *template;
	const struct template_data *data;
	struct str *out;
	size_t out_start;
	struct err *e;
	size_t at; /* of the operand at work, for errors of functions */
	size_t steps;
	struct value dot;
	struct { struct variable *items; size_t n; } variables;
	struct strv texts; /* what values of this run borrow from */
	struct { struct json **items; size_t n; } documents;
};

/* Makes a value of bytes that a function has made; takes `text`. */
int run_keep(struct run *r, struct str *text, struct value *ret);
/* A document that a function has made, as text. */
int run_keep_json(struct run *r, const struct str *text, struct value *ret);
/* An error of the function at work. */
int run_fail(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* printf, without its limits checked: Go's verbs over values. */
void template_printf(const struct value *args, size_t n, struct str *to);
