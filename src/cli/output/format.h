/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How lists are printed: Docker's table, -q, and --format. A row is one text a column; a template sees them as an object of
 * strings. Words that --format knows: table, json, raw (where a list has it), "table TEMPLATE", a template. In a template of a
 * list \t and \n typed as two characters are a tab and a line end, as in Docker.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/template.h"
#include "cli/output/table.h"

struct format_column { const char *field, *head; };

struct format_kind {
	const struct format_column *columns; /* in the order of their names, in which {{json .}} prints them */
	size_t n;			     /* at most FORMAT_COLUMNS */
	const unsigned char *table;	     /* the columns of the table, by number */
	size_t n_table;
	size_t id;	  /* the column that -q prints */
	const char *raw;  /* NULL: no such word */
};

enum { FORMAT_COLUMNS = 24 };

struct format {
	const struct format_kind *kind;
	struct template *template; /* NULL: the list's own table, or -q */
	bool is_table, quiet;
	struct table rows; /* of a table */
	struct str out;	   /* else */
};

#define FORMAT_INIT { .kind = NULL }

/* `typed` may be NULL. -q counts where no template was typed. */
int format_init(struct format *f, const char *typed, bool quiet, const struct format_kind *kind, struct err *e);
void format_done(struct format *f);
#define autoformat cleanup(format_done)

/* Whether a column's text will be looked at: some cost something to make. */
bool format_wants(const struct format *f, size_t column);
bool format_wants_method(const struct format *f, const char *name);

/* `values`: one a column, NULL is "". `methods`: see template_data; an object as text, or NULL. */
int format_row(struct format *f, const char *const *values, const struct str *methods, struct err *e);
int format_print(struct format *f, struct err *e);

/* One document through a typed template, for inspect, version and info: "json" is the document itself. With the line end. */
int format_document(const char *typed, const struct str *document, struct str *to, struct err *e);

/* "2024-05-01 12:00:00 +0000 UTC": Go's time.String(), in the zone of who looks. */
void format_time(struct str *to, int64_t when);

/* Text to standard output; on a terminal, control characters in it are shown and not obeyed. */
int format_out(const struct str *text, struct err *e);
