/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Headers may add to a table that an earlier line began, so the whole is a tree before any of it is written. What may be
 * added to is the table's state: one that a value made ({ }, [ ]) is closed, one that a header or a dotted key made is not,
 * and a header may name it once.
 */

#include "base/toml.h"

#include <string.h>

#include "base/json.h"
#include "base/own.h"
#include "base/text.h"
#include "base/toml_value.h"
#include "base/vec.h"

void toml_node_done(struct toml_node *node)
{
	for (size_t i = 0; i < node->children.n; i++)
		toml_node_done(&node->children.items[i]);
	free(node->children.items);
	free(node->key);
	str_done(&node->text);
}

int toml_wrong(const struct toml_reader *r, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "line %zu: %s", r->line, what);
}

/* ---- space ---- */

void toml_skip_blanks(struct toml_reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

static int skip_comment(struct toml_reader *r, struct err *e)
{
	if (r->at == r->end || *r->at != '#')
		return 0;
	for (; r->at < r->end && *r->at != '\n' && !(*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n'); r->at++)
		if (((unsigned char)*r->at < ' ' && *r->at != '\t') || *r->at == 127)
			return toml_wrong(r, "a control character in a comment", e);
	return 0;
}

/* 1: past the end of a line, 0: there is none here, -1. */
static int skip_line_end(struct toml_reader *r)
{
	if (r->at < r->end && *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
		r->at++;
	if (r->at == r->end || *r->at != '\n')
		return 0;
	r->at++;
	r->line++;
	return 1;
}

int toml_skip_lines(struct toml_reader *r, struct err *e)
{
	do {
		toml_skip_blanks(r);
		if (skip_comment(r, e) < 0)
			return -1;
	} while (skip_line_end(r));
	return 0;
}

static int expect_line_end(struct toml_reader *r, struct err *e)
{
	toml_skip_blanks(r);
	if (skip_comment(r, e) < 0)
		return -1;
	if (!skip_line_end(r) && r->at < r->end)
		return toml_wrong(r, "the end of the line is wanted", e);
	return 0;
}

/* ---- the tree ---- */

static struct toml_node *child(struct toml_node *of, const char *key)
{
	for (size_t i = 0; i < of->children.n; i++)
		if (of->children.items[i].key && str_eq(of->children.items[i].key, key))
			return &of->children.items[i];
	return NULL;
}

/* A new child; takes the key, which is NULL in an array. */
struct toml_node *toml_add(struct toml_node *to, char *key, enum toml_kind kind)
{
	struct toml_node *node = vec_add(&to->children);

	if (!node) {
		free(key);
		return NULL;
	}
	*node = (struct toml_node){ .key = key, .kind = kind };
	return node;
}

/* The table that a key in front of a dot names: made where there is none, the last where it is an array of tables. */
static int descend(struct toml_reader *r, struct toml_node **at, char *key, bool header, struct err *e)
{
	struct toml_node *next = child(*at, key);

	if (!next) {
		next = toml_add(*at, key, TOML_TABLE);
		if (!next)
			return err_nomem(e);
		next->dotted = !header;
		*at = next;
		return 0;
	}
	free(key);
	if (next->kind == TOML_TABLES && header)
		next = &next->children.items[next->children.n - 1];
	if (next->kind != TOML_TABLE || next->closed || (!header && next->named))
		return toml_wrong(r, "a key leads through something that is no open table", e);
	*at = next;
	return 0;
}

/* "a.b.c": the table of all but the last, and the last, owned. */
static int read_path(struct toml_reader *r, struct toml_node **at, bool header, char **ret_last, struct err *e)
{
	unsigned depth = 0;

	for (;;) {
		char *key = NULL;

		toml_skip_blanks(r);
		if (toml_read_key(r, &key, e) < 0)
			return -1;
		toml_skip_blanks(r);
		if (r->at == r->end || *r->at != '.') {
			*ret_last = key;
			return 0;
		}
		r->at++;
		if (++depth > TOML_DEPTH) {
			free(key);
			return toml_wrong(r, "too many levels", e);
		}
		if (descend(r, at, key, header, e) < 0)
			return -1;
	}
}

int toml_read_pair(struct toml_reader *r, struct toml_node *table, unsigned depth, struct err *e)
{
	autofree char *key = NULL;
	struct toml_node *node;

	if (read_path(r, &table, false, &key, e) < 0)
		return -1;
	if (r->at == r->end || *r->at != '=')
		return toml_wrong(r, "'=' is wanted behind a key", e);
	r->at++;
	if (child(table, key))
		return toml_wrong(r, "a key for the second time", e);
	node = toml_add(table, take_ptr(key), TOML_STRING);
	if (!node)
		return err_nomem(e);
	toml_skip_blanks(r);
	return toml_read_value(r, node, depth, e);
}

/* ---- headers ---- */

static int open_table(struct toml_reader *r, struct toml_node *at, char *key, struct toml_node **ret, struct err *e)
{
	struct toml_node *node = child(at, key);

	if (!node) {
		node = toml_add(at, key, TOML_TABLE);
		if (!node)
			return err_nomem(e);
	} else {
		free(key);
		if (node->kind != TOML_TABLE || node->closed || node->named || node->dotted)
			return toml_wrong(r, "a table for the second time", e);
	}
	node->named = true;
	*ret = node;
	return 0;
}

static int open_element(struct toml_reader *r, struct toml_node *at, char *key, struct toml_node **ret, struct err *e)
{
	struct toml_node *node = child(at, key);

	if (!node) {
		node = toml_add(at, key, TOML_TABLES);
	} else {
		free(key);
		if (node->kind != TOML_TABLES)
			return toml_wrong(r, "an array of tables that is something else already", e);
	}
	*ret = node ? toml_add(node, NULL, TOML_TABLE) : NULL;
	if (!*ret)
		return err_nomem(e);
	(*ret)->named = true;
	return 0;
}

static int read_header(struct toml_reader *r, struct toml_node *root, struct toml_node **current, struct err *e)
{
	bool element = r->at + 1 < r->end && r->at[1] == '[';
	struct toml_node *at = root;
	char *key = NULL;

	r->at += element ? 2 : 1;
	if (read_path(r, &at, true, &key, e) < 0)
		return -1;
	for (int i = 0; i < (element ? 2 : 1); i++)
		if (r->at == r->end || *r->at++ != ']') {
			free(key);
			return toml_wrong(r, "']' is wanted behind a header", e);
		}
	return element ? open_element(r, at, key, current, e) : open_table(r, at, key, current, e);
}

/* ---- the document ---- */

static void print(const struct toml_node *node, struct json_writer *w)
{
	bool array = node->kind == TOML_ARRAY || node->kind == TOML_TABLES;

	switch (node->kind) {
	case TOML_STRING:
		json_add_bytes(w, node->key, str_text(&node->text), node->text.len);
		return;
	case TOML_RAW:
		json_add_raw(w, node->key, str_text(&node->text));
		return;
	default:
		break;
	}
	if (array)
		json_array_begin(w, node->key);
	else
		json_object_begin(w, node->key);
	for (size_t i = 0; i < node->children.n; i++)
		print(&node->children.items[i], w);
	if (array)
		json_array_end(w);
	else
		json_object_end(w);
}

static int check_text(const char *text, size_t len, struct err *e)
{
	size_t n;

	if (len > TOML_MAX)
		return err_set(e, ERR_INVALID, "more than %d bytes", TOML_MAX);
	for (size_t i = 0; i < len; i += n) {
		uint32_t code;

		n = text_decode(text + i, len - i, &code);
		if (n == 0)
			return err_set(e, ERR_INVALID, "the text is not valid UTF-8");
	}
	return 0;
}

static int read_document(struct toml_reader *r, struct toml_node *root, struct err *e)
{
	struct toml_node *current = root;

	for (;;) {
		if (toml_skip_lines(r, e) < 0)
			return -1;
		if (r->at == r->end)
			return 0;
		if ((*r->at == '[' ? read_header(r, root, &current, e) : toml_read_pair(r, current, 0, e)) < 0)
			return -1;
		if (expect_line_end(r, e) < 0)
			return -1;
	}
}

int toml_to_json(const char *text, size_t len, struct str *json, struct err *e)
{
	cleanup(toml_node_done) struct toml_node root = { .kind = TOML_TABLE };
	struct toml_reader r = { text, text + len, 1 };
	struct json_writer w = { .out = json };

	if (check_text(text, len, e) < 0 || read_document(&r, &root, e) < 0)
		return -1;
	print(&root, &w);
	return json->failed ? err_nomem(e) : 0;
}
