/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_parser.h"

/* What stands in an action: constants, operands, commands and the pipeline that they make. */

#include <stdio.h>
#include <string.h>

static void operand_done(struct operand *o)
{
	free(o->name);
	free(o->owned);
	pipe_free(o->pipe);
	strv_done(&o->fields);
}

void pipe_free(struct pipe *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->items[i].n; k++)
			operand_done(&p->items[i].items[k]);
		free(p->items[i].items);
	}
	free(p->items);
	free(p->variables[0]);
	free(p->variables[1]);
	free(p);
}

/* ---- bytes ---- */

bool parse_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of a name; what is not ASCII is a letter. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) || (c & 0x80);
}

bool parse_looking_at(const struct parser *p, const char *word)
{
	return str_starts(p->text + p->at, word);
}

void parse_skip_space(struct parser *p)
{
	while (parse_is_space(p->text[p->at]))
		p->at++;
}

static size_t word_length(const struct parser *p)
{
	size_t n = 0;

	while (is_letter(p->text[p->at + n]))
		n++;
	return n;
}

/* Takes the word if it stands here whole. */
bool parse_take_word(struct parser *p, const char *word)
{
	size_t n = word_length(p);

	if (n != strlen(word) || !parse_looking_at(p, word))
		return false;
	p->at += n;
	return true;
}

/* "}}" or " -}}" stands here. */
static bool at_end(const struct parser *p)
{
	return parse_looking_at(p, "}}") || (parse_looking_at(p, "-}}") && p->at > 0 && parse_is_space(p->text[p->at - 1]));
}

int parse_take_end(struct parser *p)
{
	parse_skip_space(p);
	if (!at_end(p))
		return p->text[p->at] ? PARSE_FAIL(p, p->at, "unexpected '%.10s'", p->text + p->at) :
					PARSE_FAIL(p, p->at, "the action is not closed");
	p->trim = parse_looking_at(p, "-");
	p->at += p->trim ? 3 : 2;
	return 0;
}

int parse_deeper(struct parser *p)
{
	if (++p->depth > TEMPLATE_DEPTH)
		return PARSE_FAIL(p, p->at, "more than %d levels", TEMPLATE_DEPTH);
	return 0;
}

/* ---- constants ---- */

static int octal_or_hex(struct parser *p, struct str *to)
{
	static const struct { char letter; int digits; } kinds[] = { { 'x', 2 }, { 'u', 4 }, { 'U', 8 } };
	char digits[9] = "";
	unsigned long code;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (p->text[p->at] != kinds[i].letter)
			continue;
		(void)snprintf(digits, sizeof(digits), "%.*s", kinds[i].digits, p->text + p->at + 1);
		if ((int)strspn(digits, "0123456789abcdefABCDEF") != kinds[i].digits)
			break;
		p->at += 1 + (size_t)kinds[i].digits;
		code = strtoul(digits, NULL, 16);
		/* The text of a template is C's: NUL is not a character of it. */
		if (code == 0 || code > 0x10ffff)
			break;
		if (kinds[i].digits == 2 || code < 0x80)
			str_add_char(to, (char)code);
		else if (code < 0x800)
			str_addf(to, "%c%c", (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)));
		else if (code < 0x10000)
			str_addf(to, "%c%c%c", (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
				 (char)(0x80 | (code & 0x3f)));
		else
			str_addf(to, "%c%c%c%c", (char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 0x3f)),
				 (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)));
		return 0;
	}
	return PARSE_FAIL(p, p->at, "unknown escape '\\%.1s'", p->text + p->at);
}

/* Behind the backslash. */
static int parse_escape(struct parser *p, struct str *to)
{
	static const char letters[] = "abfnrtv\\'\"", bytes[] = "\a\b\f\n\r\t\v\\'\"";
	const char *found = p->text[p->at] ? strchr(letters, p->text[p->at]) : NULL;

	if (!found)
		return octal_or_hex(p, to);
	str_add_char(to, bytes[found - letters]);
	p->at++;
	return 0;
}

/* "text" with Go's escapes or `text` without. A line end inside of quotes is taken: Docker makes one of a typed \n. */
static int parse_string(struct parser *p, struct operand *o)
{
	autostr struct str text = STR_INIT;
	char quote = p->text[p->at++];

	while (p->text[p->at] != quote) {
		char c = p->text[p->at];

		if (!c)
			return PARSE_FAIL(p, o->at, "the string has no end");
		p->at++;
		if (c != '\\' || quote == '`')
			str_add_char(&text, c);
		else if (parse_escape(p, &text) < 0)
			return -1;
	}
	p->at++;
	str_add(&text, "");
	o->constant = (struct value){ .kind = VALUE_TEXT, .len = text.len };
	o->owned = text.failed ? NULL : text.data ? str_take(&text) : strdup("");
	if (!o->owned)
		return err_nomem(p->e);
	o->constant.text = o->owned;
	return 0;
}

static int parse_number(struct parser *p, struct operand *o)
{
	const char *from = p->text + p->at;
	size_t len = strspn(from, "+-0123456789abcdefxABCDEFXp._");
	autofree char *text = strndup(from, len);
	char *end;

	if (!text)
		return err_nomem(p->e);
	errno = 0;
	o->constant = (struct value){ .kind = VALUE_INT, .integer = strtoll(text, &end, 0) };
	if (*end || errno) {
		errno = 0;
		o->constant = (struct value){ .kind = VALUE_FLOAT, .fraction = strtod(text, &end) };
	}
	if (*end || errno)
		return PARSE_FAIL(p, p->at, "'%.40s' is not a number", text);
	p->at += len;
	return 0;
}

/* ---- operands ---- */

static int parse_fields(struct parser *p, struct operand *o)
{
	while (p->text[p->at] == '.') {
		size_t n;

		p->at++;
		n = word_length(p);
		if (n == 0)
			return PARSE_FAIL(p, p->at, "a field's name is wanted behind the '.'");
		if (strv_addf(&o->fields, "%.*s", (int)n, p->text + p->at) < 0)
			return err_nomem(p->e);
		p->at += n;
	}
	return 0;
}

static int parse_dot(struct parser *p, struct operand *o)
{
	o->kind = OPERAND_DOT;
	p->at++;
	if (!word_length(p))
		return 0;
	p->at--;
	return parse_fields(p, o);
}

/* Behind the dollar. */
static int parse_variable(struct parser *p, char **ret)
{
	size_t n;

	p->at++;
	n = word_length(p);
	*ret = strndup(p->text + p->at, n);
	p->at += n;
	return *ret ? 0 : err_nomem(p->e);
}

static int parse_parenthesis(struct parser *p, struct operand *o)
{
	o->kind = OPERAND_PIPE;
	p->at++;
	if (parse_deeper(p) < 0 || parse_pipe(p, false, &o->pipe) < 0)
		return -1;
	p->depth--;
	if (p->text[p->at] != ')')
		return PARSE_FAIL(p, o->at, "the parenthesis is not closed");
	p->at++;
	return 0;
}

static int parse_name(struct parser *p, struct operand *o)
{
	size_t n = word_length(p);
	const char *word = p->text + p->at;

	o->kind = OPERAND_CONSTANT;
	if (parse_take_word(p, "true") || parse_take_word(p, "false")) {
		o->constant = (struct value){ .kind = VALUE_BOOL, .truth = *word == 't' };
		return 0;
	}
	if (parse_take_word(p, "nil"))
		return 0;
	o->kind = OPERAND_FUNCTION;
	o->function = template_function_find(word, n);
	if (!o->function)
		return PARSE_FAIL(p, o->at, "there is no function '%.*s'", (int)(n < 60 ? n : 60), word);
	p->at += n;
	return 0;
}

static int parse_operand(struct parser *p, struct operand *o)
{
	char c = p->text[p->at];

	o->at = p->at;
	o->kind = OPERAND_CONSTANT;
	if (c == '.' && !is_digit(p->text[p->at + 1]))
		return parse_dot(p, o);
	if (c == '"' || c == '`')
		return parse_string(p, o);
	if (is_digit(c) || c == '+' || c == '-' || c == '.')
		return parse_number(p, o);
	if (c == '(')
		return parse_parenthesis(p, o);
	if (c == '$') {
		o->kind = OPERAND_VARIABLE;
		return parse_variable(p, &o->name);
	}
	if (is_letter(c))
		return parse_name(p, o);
	return PARSE_FAIL(p, p->at, c ? "unexpected '%.1s'" : "the action is not closed", p->text + p->at);
}

/* What may follow an operand: the next one stands apart. */
static bool ends_operand(const struct parser *p)
{
	char c = p->text[p->at];

	return !c || parse_is_space(c) || c == '|' || c == ')' || parse_looking_at(p, "}}");
}

static int add_operand(struct parser *p, struct command *c)
{
	struct operand *o = vec_add(c);

	if (!o)
		return err_nomem(p->e);
	if (c->n > TEMPLATE_ARGS)
		return PARSE_FAIL(p, p->at, "more than %d arguments", TEMPLATE_ARGS);
	if (parse_operand(p, o) < 0 || (o->kind != OPERAND_DOT && parse_fields(p, o) < 0))
		return -1;
	if (!ends_operand(p))
		return PARSE_FAIL(p, p->at, "unexpected '%.1s'", p->text + p->at);
	if (o->fields.n && (o->kind == OPERAND_CONSTANT || o->kind == OPERAND_FUNCTION))
		return PARSE_FAIL(p, o->at, "a constant or a function has no fields");
	o->len = p->at - o->at;
	return 0;
}

/* ---- pipelines ---- */

/* "$x :=", "$k, $v :=", "$x =", when one stands here. */
static int parse_assignment(struct parser *p, bool two, struct pipe *to)
{
	size_t start = p->at;
	char *names[2] = { NULL, NULL };
	size_t n = 0;

	while (n < (two ? 2 : 1) && p->text[p->at] == '$') {
		if (parse_variable(p, &names[n++]) < 0)
			goto undo;
		parse_skip_space(p);
		if (p->text[p->at] != ',')
			break;
		p->at++;
		parse_skip_space(p);
	}
	if (n > 0 && (parse_looking_at(p, ":=") || parse_looking_at(p, "="))) {
		to->assigns = p->text[p->at] == '=';
		p->at += to->assigns ? 1 : 2;
		to->variables[0] = names[0];
		to->variables[1] = names[1];
		to->n_variables = n;
		return 0;
	}
	p->at = start;
undo:
	free(names[0]);
	free(names[1]);
	return p->e && p->e->code ? -1 : 0;
}

static int parse_command(struct parser *p, struct command *c)
{
	parse_skip_space(p);
	while (p->text[p->at] && !at_end(p) && p->text[p->at] != '|' && p->text[p->at] != ')') {
		if (add_operand(p, c) < 0)
			return -1;
		parse_skip_space(p);
	}
	return c->n ? 0 : PARSE_FAIL(p, p->at, "a value is wanted");
}

static int parse_commands(struct parser *p, struct pipe *to)
{
	for (;;) {
		struct command *c = vec_add(to);

		if (!c)
			return err_nomem(p->e);
		if (parse_command(p, c) < 0)
			return -1;
		if (to->n > 1 && c->items[0].kind == OPERAND_CONSTANT)
			return PARSE_FAIL(p, c->items[0].at, "a constant takes nothing from a pipeline");
		if (p->text[p->at] != '|')
			return 0;
		p->at++;
	}
}

int parse_pipe(struct parser *p, bool two, struct pipe **ret)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));

	if (!pipe)
		return err_nomem(p->e);
	*ret = pipe;
	parse_skip_space(p);
	pipe->at = p->at;
	if (parse_assignment(p, two, pipe) < 0 || parse_commands(p, pipe) < 0)
		return -1;
	pipe->len = p->at - pipe->at;
	while (pipe->len && parse_is_space(p->text[pipe->at + pipe->len - 1]))
		pipe->len--;
	return 0;
}
