/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/format.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/output/out.h"

static const char table_word[] = "table";

/* \t and \n as they are typed in a shell's quotes. */
static void unescape(const char *text, struct str *to)
{
	for (; *text; text++) {
		bool known = *text == '\\' && (text[1] == 't' || text[1] == 'n');

		str_add_char(to, !known ? *text : text[1] == 't' ? '\t' : '\n');
		text += known;
	}
}

static int parse(struct format *f, const char *text, struct err *e)
{
	autostr struct str plain = STR_INIT;

	unescape(text, &plain);
	return plain.failed ? err_nomem(e) : template_parse(str_text(&plain), &f->template, e);
}

/* The first row of a table of the user's own: each column is its head. */
static int add_heads(struct format *f, struct err *e)
{
	const char *heads[FORMAT_COLUMNS];

	for (size_t i = 0; i < f->kind->n; i++)
		heads[i] = f->kind->columns[i].head;
	return format_row(f, heads, NULL, e);
}

static void add_own_heads(struct format *f)
{
	f->is_table = true;
	f->rows.columns = f->kind->n_table;
	for (size_t i = 0; i < f->kind->n_table; i++)
		table_add(&f->rows, f->kind->columns[f->kind->table[i]].head);
}

int format_init(struct format *f, const char *typed, bool quiet, const struct format_kind *kind, struct err *e)
{
	size_t word = sizeof(table_word) - 1;

	*f = (struct format){ .kind = kind, .quiet = quiet };
	if (!typed || !typed[0] || str_eq(typed, table_word)) {
		if (!quiet)
			add_own_heads(f);
		return 0;
	}
	f->quiet = false;
	if (str_eq(typed, "json"))
		return template_parse("{{json .}}", &f->template, e);
	if (str_eq(typed, "raw") && kind->raw)
		return template_parse(kind->raw, &f->template, e);
	f->is_table = str_starts(typed, table_word) && strchr(" \t\\", typed[word]);
	if (!f->is_table)
		return parse(f, typed, e);
	return parse(f, typed + word + strspn(typed + word, " \t"), e) < 0 ? -1 : add_heads(f, e);
}

void format_done(struct format *f)
{
	template_free(f->template);
	table_done(&f->rows);
	str_done(&f->out);
}

bool format_wants(const struct format *f, size_t column)
{
	if (f->template)
		return template_uses(f->template, f->kind->columns[column].field);
	if (f->quiet)
		return column == f->kind->id;
	return memchr(f->kind->table, (int)column, f->kind->n_table);
}

bool format_wants_method(const struct format *f, const char *name)
{
	return f->template && template_uses(f->template, name);
}

/* ---- rows ---- */

static int render(const struct format *f, const char *const *values, const struct str *methods, struct str *to,
		  struct err *e)
{
	autojson struct json *fields = NULL, *more = NULL;
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	json_object_begin(&w, NULL);
	for (size_t i = 0; i < f->kind->n; i++)
		json_add_string(&w, f->kind->columns[i].field, values[i] ? values[i] : "");
	json_object_end(&w);
	if (text.failed)
		return err_nomem(e);
	if (json_parse(str_text(&text), text.len, &fields, e) < 0)
		return -1;
	if (methods && json_parse(str_text(methods), methods->len, &more, e) < 0)
		return -1;
	return template_run(f->template,
			    &(struct template_data){ .dot = fields, .methods = more, .heads = f->is_table && f->rows.columns == 0 },
			    to, e);
}

/* The cells of a line are what tabs separate; the first line says how many there are. */
static int add_cells(struct format *f, char *line, struct err *e)
{
	size_t n = 0;
	char *cell;

	while ((cell = strsep(&line, "\t"))) {
		n++;
		if (f->rows.columns == 0 || n <= f->rows.columns)
			table_add(&f->rows, cell);
	}
	if (f->rows.columns == 0)
		f->rows.columns = n;
	if (f->rows.columns > TABLE_COLUMNS)
		return err_set(e, ERR_INVALID, "a table has at most %d columns", TABLE_COLUMNS);
	for (; n < f->rows.columns; n++)
		table_add(&f->rows, "");
	return 0;
}

static int add_rendered(struct format *f, const char *const *values, const struct str *methods, struct err *e)
{
	autostr struct str line = STR_INIT;

	if (render(f, values, methods, f->is_table ? &line : &f->out, e) < 0)
		return -1;
	if (f->is_table) {
		str_add(&line, "");
		return line.failed ? err_nomem(e) : add_cells(f, line.data, e);
	}
	str_add_char(&f->out, '\n');
	return 0;
}

int format_row(struct format *f, const char *const *values, const struct str *methods, struct err *e)
{
	if (f->template)
		return add_rendered(f, values, methods, e);
	if (f->quiet) {
		str_add(&f->out, values[f->kind->id]);
		str_add_char(&f->out, '\n');
		return 0;
	}
	for (size_t i = 0; i < f->kind->n_table; i++) {
		const char *value = values[f->kind->table[i]];

		table_add(&f->rows, value ? value : "");
	}
	return 0;
}

int format_print(struct format *f, struct err *e)
{
	if (f->is_table)
		table_print(&f->rows, &f->out);
	return f->is_table ? out_str(&f->out, e) : format_out(&f->out, e);
}

/* ---- documents ---- */

int format_document(const char *typed, const struct str *document, struct str *to, struct err *e)
{
	autotemplate struct template *t = NULL;
	autojson struct json *root = NULL;

	if (template_parse(str_eq(typed, "json") ? "{{json .}}" : typed, &t, e) < 0)
		return -1;
	if (json_parse(str_text(document), document->len, &root, e) < 0 ||
	    template_run(t, &(struct template_data){ .dot = root }, to, e) < 0)
		return -1;
	str_add_char(to, '\n');
	return to->failed ? err_nomem(e) : 0;
}

void format_time(struct str *to, int64_t when)
{
	time_t seconds = (time_t)(when / NSEC_PER_SEC);
	char text[64] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
	str_add(to, text);
}

int format_out(const struct str *text, struct err *e)
{
	autostr struct str shown = STR_INIT;
	const char *at = str_text(text), *end = at + text->len;

	if (!isatty(STDOUT_FILENO))
		return out_str(text, e);
	while (at < end) {
		size_t len = 0;

		while (at + len < end && at[len] != '\n' && at[len] != '\t')
			len++;
		text_escape(&shown, at, len);
		if (at + len < end)
			str_add_char(&shown, at[len++]);
		at += len;
	}
	return text->failed ? err_nomem(e) : out_str(&shown, e);
}
