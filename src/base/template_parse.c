/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_parser.h"

/*
 * From text to a tree, by recursive descent over the text itself: there are no tokens in between. Blocks, else-if chains and
 * parentheses count as levels, so the depth of recursion is bounded; everything else is a loop.
 */

#include <string.h>

/* How a list of nodes ends. */
enum ending { END_TEXT, END_END, END_ELSE };

static int parse_nodes(struct parser *p, struct nodes *to, enum ending *ret);

static void nodes_done(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++) {
		struct node *n = &nodes->items[i];

		free(n->text);
		pipe_free(n->pipe);
		nodes_done(&n->body);
		nodes_done(&n->otherwise);
	}
	free(nodes->items);
}

void template_free(struct template *t)
{
	if (!t)
		return;
	nodes_done(&t->nodes);
	free(t->text);
	free(t);
}

int template_fail(const char *text, size_t at, struct err *e, const char *format, ...)
{
	autostr struct str why = STR_INIT;
	size_t line = 1, column = 1;
	va_list args;

	for (size_t i = 0; i < at; i++) {
		line += text[i] == '\n';
		column = text[i] == '\n' ? 1 : column + 1;
	}
	va_start(args, format);
	str_addv(&why, format, args);
	va_end(args);
	return err_set(e, ERR_INVALID, "template: %zu:%zu: %.600s", line, column, str_text(&why));
}

/* ---- nodes ---- */

static int parse_else(struct parser *p, struct node *n);

static int parse_block(struct parser *p, struct node *n)
{
	enum ending ending;

	if (parse_deeper(p) < 0 || parse_pipe(p, n->kind == NODE_RANGE, &n->pipe) < 0 || parse_take_end(p) < 0)
		return -1;
	p->ranges += n->kind == NODE_RANGE;
	if (parse_nodes(p, &n->body, &ending) < 0)
		return -1;
	p->ranges -= n->kind == NODE_RANGE;
	if (ending == END_TEXT)
		return PARSE_FAIL(p, n->pipe->at, "the block has no end");
	if (ending == END_ELSE && parse_else(p, n) < 0)
		return -1;
	p->depth--;
	return 0;
}

static const struct { const char *word; enum node_kind kind; } blocks[] = {
	{ "if", NODE_IF }, { "with", NODE_WITH }, { "range", NODE_RANGE },
};

/* Behind the word: "{{else}}", or "{{else if X}}" and "{{else with X}}", which is a block of its own that shares the end. */
static int parse_else(struct parser *p, struct node *n)
{
	struct node *inner;
	enum ending ending;

	parse_skip_space(p);
	for (size_t i = 0; i < 2; i++) {
		if (n->kind != blocks[i].kind || !parse_take_word(p, blocks[i].word))
			continue;
		inner = vec_add(&n->otherwise);
		if (!inner)
			return err_nomem(p->e);
		inner->kind = blocks[i].kind;
		return parse_block(p, inner);
	}
	if (parse_take_end(p) < 0 || parse_nodes(p, &n->otherwise, &ending) < 0)
		return -1;
	return ending == END_END ? 0 : PARSE_FAIL(p, n->pipe->at, "the block has no end");
}

static int parse_action(struct parser *p, struct node *n)
{
	static const char *const refused[] = { "define", "template", "block" };

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		if (parse_take_word(p, blocks[i].word)) {
			n->kind = blocks[i].kind;
			return parse_block(p, n);
		}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (parse_take_word(p, refused[i]))
			return PARSE_FAIL(p, p->at, "'%s' is not supported", refused[i]);
	if (parse_take_word(p, "break") || parse_take_word(p, "continue")) {
		n->kind = p->text[p->at - 1] == 'k' ? NODE_BREAK : NODE_CONTINUE;
		return p->ranges ? parse_take_end(p) : PARSE_FAIL(p, p->at, "break and continue belong into a range");
	}
	n->kind = NODE_PRINT;
	return parse_pipe(p, false, &n->pipe) < 0 ? -1 : parse_take_end(p);
}

static int skip_comment(struct parser *p)
{
	const char *end = strstr(p->text + p->at, "*/");

	if (!end)
		return PARSE_FAIL(p, p->at, "the comment has no end");
	p->at = (size_t)(end - p->text) + 2;
	return parse_take_end(p);
}

/* The text in front of the next action, trimmed on both sides where the actions say so. */
static int parse_text(struct parser *p, struct nodes *to)
{
	const char *from = p->text + p->at, *end = strstr(from, "{{");
	size_t len = end ? (size_t)(end - from) : strlen(from);
	struct node *n;

	p->at += len;
	if (p->trim)
		while (len && parse_is_space(*from)) {
			from++;
			len--;
		}
	if (end && end[2] == '-' && parse_is_space(end[3]))
		while (len && parse_is_space(from[len - 1]))
			len--;
	p->trim = false;
	if (len == 0)
		return 0;
	n = vec_add(to);
	if (!n)
		return err_nomem(p->e);
	*n = (struct node){ .kind = NODE_TEXT, .text = strndup(from, len), .len = len };
	return n->text ? 0 : err_nomem(p->e);
}

/* Behind "{{": an action, or the word that ends the list. */
static int parse_one(struct parser *p, struct nodes *to, enum ending *ret)
{
	struct node *n;

	p->at += p->text[p->at] == '-' && parse_is_space(p->text[p->at + 1]);
	parse_skip_space(p);
	if (parse_looking_at(p, "/*"))
		return skip_comment(p);
	if (parse_take_word(p, "end")) {
		*ret = END_END;
		return parse_take_end(p);
	}
	if (parse_take_word(p, "else")) {
		*ret = END_ELSE;
		return 0;
	}
	n = vec_add(to);
	return n ? parse_action(p, n) : err_nomem(p->e);
}

static int parse_nodes(struct parser *p, struct nodes *to, enum ending *ret)
{
	enum ending ending = END_TEXT;

	while (ending == END_TEXT) {
		if (parse_text(p, to) < 0)
			return -1;
		if (!p->text[p->at])
			break;
		p->at += 2;
		if (parse_one(p, to, &ending) < 0)
			return -1;
	}
	*ret = ending;
	return 0;
}

int template_parse(const char *text, struct template **ret, struct err *e)
{
	autotemplate struct template *t = calloc(1, sizeof(*t));
	struct err why = ERR_INIT;
	struct parser p = { .e = &why };
	enum ending ending;
	int r;

	if (strlen(text) > TEMPLATE_TEXT_MAX)
		return err_set(e, ERR_INVALID, "template: more than %d bytes", TEMPLATE_TEXT_MAX);
	if (t)
		t->text = strdup(text);
	if (!t || !t->text)
		return err_nomem(e);
	p.text = t->text;
	r = parse_nodes(&p, &t->nodes, &ending);
	if (r == 0 && ending != END_TEXT)
		r = PARSE_FAIL(&p, p.at, "unexpected '%s'", ending == END_END ? "end" : "else");
	if (r < 0) {
		if (e)
			*e = why;
		return -1;
	}
	*ret = take_ptr(t);
	return 0;
}

/* ---- what it looks at ---- */

static bool nodes_use(const struct nodes *nodes, const char *field);
static bool pipe_uses(const struct pipe *p, const char *field);

static bool operand_uses(const struct operand *o, const char *field)
{
	if (o->kind == OPERAND_PIPE)
		return pipe_uses(o->pipe, field);
	if (o->kind != OPERAND_DOT && o->kind != OPERAND_VARIABLE)
		return false;
	return o->fields.n == 0 || str_eq(o->fields.items[0], field);
}

static bool pipe_uses(const struct pipe *p, const char *field)
{
	for (size_t i = 0; p && i < p->n; i++)
		for (size_t k = 0; k < p->items[i].n; k++)
			if (operand_uses(&p->items[i].items[k], field))
				return true;
	return false;
}

static bool nodes_use(const struct nodes *nodes, const char *field)
{
	for (size_t i = 0; i < nodes->n; i++) {
		const struct node *n = &nodes->items[i];

		if (pipe_uses(n->pipe, field) || nodes_use(&n->body, field) || nodes_use(&n->otherwise, field))
			return true;
	}
	return false;
}

bool template_uses(const struct template *t, const char *field)
{
	return nodes_use(&t->nodes, field);
}
