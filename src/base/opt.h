/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Options of a command line by table. One static table a command says what may be typed and where it goes; parsing,
 * help, completion and the manual's synopsis are all derived from it. The grammar is Docker's (pflag):
 *
 *   --name VALUE, --name=VALUE, --switch, --switch=false     -n VALUE, -nVALUE, -n=VALUE, -ab, -abn VALUE
 *   "--" ends the options; "-" alone is an operand.
 *
 * Values are stored in a struct of the caller, at the row's offset. A type says what the bytes there are; char * and
 * strv values are copies that the struct owns, and a repeated scalar replaces the earlier value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/str.h"

struct opt_type {
	const char *word; /* of the argument in help: "string", "bytes"; NULL: takes none unless it is given by `=` */
	/* Stores `value`; on failure *e says what is wrong with it (the flag is named by opt_parse). */
	int (*set)(void *field, const char *value, struct err *e);
};

extern const struct opt_type opt_type_flag;	/* bool */
extern const struct opt_type opt_type_given;	/* struct opt_bool: a flag that tells "not given" from "false" */
extern const struct opt_type opt_type_text;	/* char * */
extern const struct opt_type opt_type_list;	/* struct strv */
extern const struct opt_type opt_type_int;	/* struct opt_i64 */
extern const struct opt_type opt_type_uint;	/* struct opt_u32 */
extern const struct opt_type opt_type_size;	/* struct opt_i64: bytes */
extern const struct opt_type opt_type_decimal;	/* struct opt_i64: billionths */
extern const struct opt_type opt_type_map;	/* struct strmap: key=value, or key alone for key= */

struct opt {
	const char *name; /* without the dashes */
	char letter;	  /* 0: none */
	const struct opt_type *type;
	size_t offset;
	const char *help; /* one line; NULL: not shown */
	const char *word; /* instead of the type's */
	bool later;	  /* known to Docker, not there yet: refused by name whatever its value */
};

#define OPT(owner, member, name_, letter_, type_, help_, ...)                                      \
	{ .name = name_, .letter = letter_, .type = &opt_type_##type_,                             \
	  .offset = offsetof(owner, member), .help = help_, __VA_ARGS__ }
#define OPT_LATER(name_, letter_, type_)                                                           \
	{ .name = name_, .letter = letter_, .type = &opt_type_##type_, .later = true }

struct opt_table {
	const struct opt *rows;
	size_t n;
	bool one_dash;		   /* Go's flag package: -name is --name (a bundle of letters comes second) */
	bool operands_end_options; /* run, exec: what follows the first operand belongs to the container's program */
};

#define OPT_TABLE(name_, rows_, ...)                                                               \
	static const struct opt_table name_ = { .rows = rows_, .n = ARRAY_SIZE(rows_), __VA_ARGS__ }

enum { OPT_HELP = 1 };

/* Reads argv[0 .. argc-1] (no program name) into the struct `to`; argv is reordered so that it begins with the operands,
 * *ret_n of them. OPT_HELP: --help was seen (or -h where no row owns it). Errors are ERR_INVALID in Docker's words. */
int opt_parse(const struct opt_table *table, char **argv, size_t argc, void *to, size_t *ret_n, struct err *e);

/* Appends one line a visible row, in the table's order, as Docker aligns them. */
void opt_help(const struct opt_table *table, struct str *to);

const struct opt *opt_find(const struct opt_table *table, const char *name); /* NULL: no such row */
