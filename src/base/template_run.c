/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_tree.h"

/* A walk over the tree. Every node and every turn of a range is a step; steps and output are bounded. */

#include <string.h>

struct variable {
	const char *name; /* of the tree */
	struct value value;
};

/* Why a list of nodes ended. */
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

static int run_nodes(struct run *r, const struct nodes *nodes, enum flow *ret);
static int run_pipe(struct run *r, const struct pipe *p, struct value *ret);

int run_fail(struct run *r, const char *format, ...)
{
	autostr struct str why = STR_INIT;
	va_list args;

	va_start(args, format);
	str_addv(&why, format, args);
	va_end(args);
	return template_fail(r->template->text, r->at, r->e, "%s", str_text(&why));
}

/* An error that shows the words it is about. */
#define FAIL(r, at_, len_, format, ...)                                                                        \
	template_fail((r)->template->text, at_, (r)->e, "<%.*s>: " format, (int)((len_) < 100 ? (len_) : 100), \
		      (r)->template->text + (at_), ##__VA_ARGS__)

int run_keep(struct run *r, struct str *text, struct value *ret)
{
	size_t len = text->len;
	char *bytes = text->failed ? NULL : text->data ? str_take(text) : strdup("");

	if (!bytes || strv_take(&r->texts, bytes) < 0)
		return err_nomem(r->e);
	*ret = (struct value){ .kind = VALUE_TEXT, .text = bytes, .len = len };
	return 0;
}

int run_keep_json(struct run *r, const struct str *text, struct value *ret)
{
	struct json **document = vec_add(&r->documents);

	if (text->failed || !document)
		return err_nomem(r->e);
	if (json_parse(str_text(text), text->len, document, r->e) < 0)
		return -1;
	*ret = value_of(*document);
	return 0;
}

static int step(struct run *r, size_t at)
{
	if (++r->steps > TEMPLATE_STEPS)
		return template_fail(r->template->text, at, r->e, "more than %d steps", TEMPLATE_STEPS);
	if (r->out->len - r->out_start > TEMPLATE_OUTPUT_MAX)
		return template_fail(r->template->text, at, r->e, "more than %d bytes of output", TEMPLATE_OUTPUT_MAX);
	return 0;
}

/* ---- operands ---- */

static struct variable *find_variable(struct run *r, const char *name)
{
	for (size_t i = r->variables.n; i-- > 0;)
		if (str_eq(r->variables.items[i].name, name))
			return &r->variables.items[i];
	return NULL;
}

static int set_variable(struct run *r, const char *name, const struct value *value)
{
	struct variable *v = vec_add(&r->variables);

	if (!v)
		return err_nomem(r->e);
	*v = (struct variable){ name, *value };
	return 0;
}

static int is_member(const char *key, const struct json *value, void *arg)
{
	return str_eq(key, arg) ? -1 : 0;
}

static int get_field(struct run *r, const struct operand *o, char *name, struct value *v)
{
	const struct json *found;

	if (v->kind == VALUE_NONE)
		return FAIL(r, o->at, o->len, "there is no value that could have a field '%s'", name);
	if (v->kind != VALUE_JSON || json_kind(v->json) != JSON_OBJECT)
		return FAIL(r, o->at, o->len, "%s has no field '%s'", value_type(v), name);
	found = json_get(v->json, name);
	/* The outermost object says what there is; see template.h. */
	if (!found && v->json == r->data->dot && json_each(v->json, is_member, name) == 0)
		return FAIL(r, o->at, o->len, "there is no field '%s'", name);
	*v = value_of(found);
	return 0;
}

static int get_fields(struct run *r, const struct operand *o, struct value *v)
{
	for (size_t i = 0; i < o->fields.n; i++)
		if (get_field(r, o, o->fields.items[i], v) < 0)
			return -1;
	return 0;
}

static int call(struct run *r, const struct operand *o, const struct value *args, size_t n, struct value *ret)
{
	const struct template_function *f = o->function;

	if (n < f->min || n > f->max)
		return FAIL(r, o->at, o->len, "%zu arguments, %s%zu %s wanted", n, f->max == TEMPLATE_ARGS ? "at least " : "",
			    n < f->min ? f->min : f->max, f->min == 1 && f->max == 1 ? "is" : "are");
	if (r->data->heads && f->not_heads) {
		*ret = args[0];
		return 0;
	}
	r->at = o->at;
	return f->call(r, args, n, ret);
}

static int operand_value(struct run *r, const struct operand *o, struct value *ret)
{
	const struct variable *v;

	switch (o->kind) {
	case OPERAND_DOT:
		*ret = r->dot;
		break;
	case OPERAND_VARIABLE:
		v = find_variable(r, o->name);
		if (!v)
			return FAIL(r, o->at, o->len, "there is no variable '$%s'", o->name);
		*ret = v->value;
		break;
	case OPERAND_PIPE:
		if (run_pipe(r, o->pipe, ret) < 0)
			return -1;
		break;
	case OPERAND_CONSTANT:
		*ret = o->constant;
		return 0;
	case OPERAND_FUNCTION:
		return call(r, o, NULL, 0, ret);
	}
	return get_fields(r, o, ret);
}

/* ---- commands ---- */

/* The arguments of a function: the operands behind it and what the pipeline brings. */
static int call_function(struct run *r, const struct command *c, const struct value *piped, struct value *ret)
{
	const struct template_function *f = c->items[0].function;
	struct value args[TEMPLATE_ARGS + 1];
	size_t n = 0;

	for (size_t i = 1; i < c->n; i++) {
		if (operand_value(r, &c->items[i], &args[n++]) < 0)
			return -1;
		/* "and" ends at the first that is false, "or" at the first that is true. */
		if (f->lazy && value_is_true(&args[n - 1]) == (f->name[0] == 'o')) {
			*ret = args[n - 1];
			return 0;
		}
	}
	if (piped)
		args[n++] = *piped;
	return call(r, &c->items[0], args, n, ret);
}

/* .Label "name" */
static int call_method(struct run *r, const struct command *c, const struct value *piped, struct value *ret)
{
	const struct operand *o = &c->items[0];
	const struct json *method = NULL;
	struct value arg;

	if (o->kind == OPERAND_DOT && o->fields.n == 1)
		method = json_get(r->data->methods, o->fields.items[0]);
	if ((!method && !r->data->heads) || c->n + (piped != NULL) != 2)
		return FAIL(r, o->at, o->len, "it takes no arguments");
	if (!piped && operand_value(r, &c->items[1], &arg) < 0)
		return -1;
	if (piped)
		arg = *piped;
	if (arg.kind != VALUE_TEXT)
		return FAIL(r, o->at, o->len, "its argument is %s, a string is wanted", value_type(&arg));
	*ret = r->data->heads ? arg : value_of(json_get(method, arg.text));
	if (ret->kind == VALUE_NONE)
		*ret = value_text("");
	return 0;
}

static int run_command(struct run *r, const struct command *c, const struct value *piped, struct value *ret)
{
	if (c->items[0].kind == OPERAND_FUNCTION)
		return call_function(r, c, piped, ret);
	if (c->n > 1 || piped)
		return call_method(r, c, piped, ret);
	return operand_value(r, &c->items[0], ret);
}

/* The value of a pipeline, its variables not yet set. */
static int run_commands(struct run *r, const struct pipe *p, struct value *ret)
{
	struct value value = { .kind = VALUE_NONE }, before;

	for (size_t i = 0; i < p->n; i++) {
		before = value;
		if (step(r, p->at) < 0 || run_command(r, &p->items[i], i ? &before : NULL, &value) < 0)
			return -1;
	}
	*ret = value;
	return 0;
}

static int assign(struct run *r, const struct pipe *p, const char *name, const struct value *value)
{
	struct variable *v;

	if (!p->assigns)
		return set_variable(r, name, value);
	v = find_variable(r, name);
	if (!v)
		return FAIL(r, p->at, p->len, "there is no variable '$%s'", name);
	v->value = *value;
	return 0;
}

static int run_pipe(struct run *r, const struct pipe *p, struct value *ret)
{
	if (run_commands(r, p, ret) < 0)
		return -1;
	return p->n_variables ? assign(r, p, p->variables[0], ret) : 0;
}

/* ---- nodes ---- */

static int run_print(struct run *r, const struct node *n)
{
	struct value value;

	if (run_pipe(r, n->pipe, &value) < 0)
		return -1;
	if (n->pipe->n_variables == 0)
		value_print(&value, r->out);
	return 0;
}

static int run_if(struct run *r, const struct node *n, enum flow *ret)
{
	struct value value, dot = r->dot;
	size_t variables = r->variables.n;
	int result;

	if (run_pipe(r, n->pipe, &value) < 0)
		return -1;
	if (!value_is_true(&value)) {
		result = run_nodes(r, &n->otherwise, ret);
	} else {
		if (n->kind == NODE_WITH)
			r->dot = value;
		result = run_nodes(r, &n->body, ret);
	}
	r->dot = dot;
	r->variables.n = variables;
	return result;
}

struct turns {
	struct run *run;
	const struct node *node;
	enum flow flow;
};

/* One turn of a range: 0 to go on. */
static int turn(struct turns *t, const struct value *key, const struct value *value)
{
	struct run *r = t->run;
	const struct pipe *p = t->node->pipe;
	size_t variables = r->variables.n;
	int result = 0;

	r->dot = *value;
	if (p->n_variables == 2 && assign(r, p, p->variables[0], key) < 0)
		return -1;
	if (p->n_variables && assign(r, p, p->variables[p->n_variables - 1], value) < 0)
		return -1;
	if (step(r, p->at) < 0 || run_nodes(r, &t->node->body, &t->flow) < 0)
		result = -1;
	r->variables.n = variables;
	return result;
}

static int turn_member(const char *key, const struct json *value, void *arg)
{
	const struct value k = value_text(key), v = value_of(value);
	struct turns *t = arg;

	if (turn(t, &k, &v) < 0)
		return -1;
	return t->flow == FLOW_BREAK;
}

static int run_turns(struct turns *t, const struct value *over)
{
	if (json_kind(over->json) == JSON_OBJECT)
		return value_each_sorted(over->json, turn_member, t) < 0 ? -1 : 0;
	for (size_t i = 0; i < json_array_len(over->json) && t->flow != FLOW_BREAK; i++) {
		const struct value key = { .kind = VALUE_INT, .integer = (int64_t)i };
		const struct value value = value_of(json_array_at(over->json, i));

		if (turn(t, &key, &value) < 0)
			return -1;
	}
	return 0;
}

static int run_range(struct run *r, const struct node *n, enum flow *ret)
{
	struct turns turns = { .run = r, .node = n };
	const struct pipe *p = n->pipe;
	struct value over, dot = r->dot;
	int result;

	if (run_commands(r, p, &over) < 0)
		return -1;
	if (over.kind != VALUE_NONE && over.kind != VALUE_JSON)
		return FAIL(r, p->at, p->len, "range over %s", value_type(&over));
	if (!value_is_true(&over))
		return run_nodes(r, &n->otherwise, ret);
	result = run_turns(&turns, &over);
	r->dot = dot;
	return result;
}

static int run_node(struct run *r, const struct node *n, enum flow *ret)
{
	switch (n->kind) {
	case NODE_TEXT:
		str_add_bytes(r->out, n->text, n->len);
		return 0;
	case NODE_PRINT:
		return run_print(r, n);
	case NODE_IF:
	case NODE_WITH:
		return run_if(r, n, ret);
	case NODE_RANGE:
		return run_range(r, n, ret);
	case NODE_BREAK:
		*ret = FLOW_BREAK;
		return 0;
	case NODE_CONTINUE:
		*ret = FLOW_CONTINUE;
		return 0;
	}
	return 0;
}

static int run_nodes(struct run *r, const struct nodes *nodes, enum flow *ret)
{
	enum flow flow = FLOW_ON;

	for (size_t i = 0; i < nodes->n && flow == FLOW_ON; i++)
		if (step(r, 0) < 0 || run_node(r, &nodes->items[i], &flow) < 0)
			return -1;
	*ret = flow;
	return 0;
}

static void run_done(struct run *r)
{
	for (size_t i = 0; i < r->documents.n; i++)
		json_free(r->documents.items[i]);
	free(r->documents.items);
	free(r->variables.items);
	strv_done(&r->texts);
}

int template_run(const struct template *t, const struct template_data *data, struct str *to, struct err *e)
{
	cleanup(run_done) struct run r = {
		.template = t, .data = data, .out = to, .out_start = to->len, .e = e, .dot = value_of(data->dot),
	};
	enum flow flow;

	/* "$" is the whole of the data. */
	if (set_variable(&r, "", &r.dot) < 0 || run_nodes(&r, &t->nodes, &flow) < 0)
		return -1;
	return to->failed ? err_nomem(e) : 0;
}
