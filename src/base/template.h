/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Go's text/template over JSON values: what scripts write behind --format. Pure: text and values in, text out.
 *
 * Fields, variables, pipelines, if, range, with, else, break, continue, comments and trimming as in Go; functions: Go's own
 * (and or not len index slice print printf println, eq ne lt le gt ge) and Docker's (json split join title lower upper pad
 * truncate). define, template and block are refused by name.
 *
 * A field that the outermost object does not have is an error; one that a deeper object does not have is no value: false, and
 * "<no value>" when printed, as Go's maps do. Documents leave out what is empty, so both are needed.
 *
 * Bounds: TEMPLATE_TEXT_MAX bytes of text, 32 levels of blocks and parentheses, a million steps, TEMPLATE_OUTPUT_MAX bytes of
 * output. An error begins with where: "template: 1:8: <.Foo>: there is no field 'Foo'" is line 1, column 8.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

enum { TEMPLATE_TEXT_MAX = 64 << 10, TEMPLATE_OUTPUT_MAX = 64 << 20 };

struct template;

int template_parse(const char *text, struct template **ret, struct err *e);
void template_free(struct template *t);
DEFINE_CLEANUP(struct template *, template_free)
#define autotemplate cleanup(template_free_p)

/* Whether a template looks at member `field` of the outermost object, or at that object as a whole. It may say yes too often. */
bool template_uses(const struct template *t, const char *field);

struct template_data {
	const struct json *dot;
	/* What Go would call a method: `.Label "a"` is member a of `methods`' Label. May be NULL. */
	const struct json *methods;
	/* The row of a table's heads: functions that change a text leave it as it is, a method is its argument. */
	bool heads;
};

/* Appends to `to`; on failure what was written before stays. */
int template_run(const struct template *t, const struct template_data *data, struct str *to, struct err *e);
