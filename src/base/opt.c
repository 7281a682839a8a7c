/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The parser walks argv once. Operands are moved to the front as they are met: what is written never overtakes what is
 * read, so no memory is needed. A word that starts with a dash is either one long option or a bundle of letters, of
 * which only the last may take a value.
 */

#include "base/opt.h"

#include <errno.h>
#include <string.h>

#include "base/quantity.h"
#include "base/text.h"

struct parse {
	const struct opt_table *table;
	char **argv;
	size_t argc, at; /* at: the next word */
	void *to;
	struct err *e;
};

/* ---- types ---- */

static int flag_set(void *field, const char *value, struct err *e)
{
	static const char *const words[2][7] = {
		{ "0", "f", "F", "false", "FALSE", "False", NULL },
		{ "1", "t", "T", "true", "TRUE", "True", NULL },
	};

	for (int truth = 0; truth < 2; truth++)
		for (size_t i = 0; words[truth][i]; i++)
			if (str_eq(value, words[truth][i])) {
				*(bool *)field = truth;
				return 0;
			}
	return err_set(e, ERR_INVALID, "true or false is wanted");
}

static int given_set(void *field, const char *value, struct err *e)
{
	struct opt_bool *to = field;

	if (flag_set(&to->value, value, e) < 0)
		return -1;
	to->set = true;
	return 0;
}

static int text_set(void *field, const char *value, struct err *e)
{
	char *copy = strdup(value);

	if (!copy)
		return err_nomem(e);
	free(*(char **)field);
	*(char **)field = copy;
	return 0;
}

static int list_set(void *field, const char *value, struct err *e)
{
	return strv_add(field, value) < 0 ? err_nomem(e) : 0;
}

static int number_error(int r, const char *wanted, struct err *e)
{
	if (r == -ERANGE)
		return err_set(e, ERR_INVALID, "value out of range");
	return err_set(e, ERR_INVALID, "%s is wanted", wanted);
}

static int store_i64(void *field, int r, int64_t value, const char *wanted, struct err *e)
{
	if (r < 0)
		return number_error(r, wanted, e);
	*(struct opt_i64 *)field = (struct opt_i64){ .set = true, .value = value };
	return 0;
}

static int int_set(void *field, const char *value, struct err *e)
{
	int64_t n = 0;
	int r = quantity_i64(value, &n);

	return store_i64(field, r, n, "an integer", e);
}

static int uint_set(void *field, const char *value, struct err *e)
{
	int64_t n = 0;
	int r = quantity_i64(value, &n);

	if (r == 0 && (n < 0 || n > UINT32_MAX))
		r = -ERANGE;
	if (r < 0)
		return number_error(r, "an integer", e);
	*(struct opt_u32 *)field = (struct opt_u32){ .set = true, .value = (uint32_t)n };
	return 0;
}

static int size_set(void *field, const char *value, struct err *e)
{
	int64_t n = 0;
	int r = quantity_size(value, &n);

	return store_i64(field, r, n, "a size like 512m or 2g", e);
}

static int decimal_set(void *field, const char *value, struct err *e)
{
	int64_t n = 0;
	int r = quantity_nano(value, &n);

	return store_i64(field, r, n, "a decimal like 1.5", e);
}

static int map_set(void *field, const char *value, struct err *e)
{
	const char *equals = strchr(value, '=');
	size_t len = equals ? (size_t)(equals - value) : strlen(value);
	autofree char *key = strndup(value, len);

	if (len == 0)
		return err_set(e, ERR_INVALID, "a key is wanted in front of the value");
	if (!key || strmap_set(field, key, equals ? equals + 1 : "") < 0)
		return err_nomem(e);
	return 0;
}

const struct opt_type opt_type_flag = { .set = flag_set };
const struct opt_type opt_type_given = { .set = given_set };
const struct opt_type opt_type_text = { "string", text_set };
const struct opt_type opt_type_list = { "list", list_set };
const struct opt_type opt_type_int = { "int", int_set };
const struct opt_type opt_type_uint = { "uint", uint_set };
const struct opt_type opt_type_size = { "bytes", size_set };
const struct opt_type opt_type_decimal = { "decimal", decimal_set };
const struct opt_type opt_type_map = { "key=value", map_set };

/* ---- parsing ---- */

const struct opt *opt_find(const struct opt_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (str_eq(table->rows[i].name, name))
			return &table->rows[i];
	return NULL;
}

static const struct opt *opt_find_letter(const struct opt_table *table, char letter)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].letter == letter)
			return &table->rows[i];
	return NULL;
}

static const char *opt_nearest(const struct opt_table *table, const char *name)
{
	struct text_nearest near = TEXT_NEAREST_INIT(name);

	for (size_t i = 0; i < table->n; i++)
		if (!table->rows[i].later)
			text_nearest_try(&near, table->rows[i].name);
	text_nearest_try(&near, "help");
	return near.best;
}

static int unknown_flag(const struct parse *p, const char *name)
{
	const char *near = opt_nearest(p->table, name);

	if (near)
		return err_set(p->e, ERR_INVALID, "unknown flag: --%s, did you mean --%s?", name, near);
	return err_set(p->e, ERR_INVALID, "unknown flag: --%s", name);
}

static int store(const struct parse *p, const struct opt *row, const char *value)
{
	struct err why = ERR_INIT;

	if (row->later)
		return err_set(p->e, ERR_UNSUPPORTED, "--%s is not there yet", row->name);
	if (row->type->set((char *)p->to + row->offset, value, &why) == 0)
		return 0;
	if (row->letter)
		return err_set(p->e, why.code, "invalid argument \"%s\" for \"-%c, --%s\" flag: %s", value,
			       row->letter, row->name, why.text);
	return err_set(p->e, why.code, "invalid argument \"%s\" for \"--%s\" flag: %s", value, row->name, why.text);
}

/* `word` is what follows the two dashes. */
static int parse_long(struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	autofree char *name = strndup(word, len);
	const struct opt *row;

	if (!name)
		return err_nomem(p->e);
	if (len == 0 || *word == '-')
		return err_set(p->e, ERR_INVALID, "bad flag syntax: --%s", word);
	row = opt_find(p->table, name);
	if (!row)
		return str_eq(name, "help") ? OPT_HELP : unknown_flag(p, name);
	if (word[len] == '=')
		return store(p, row, word + len + 1);
	if (!row->type->word)
		return store(p, row, "true");
	if (p->at == p->argc)
		return err_set(p->e, ERR_INVALID, "flag needs an argument: --%s", name);
	return store(p, row, p->argv[p->at++]);
}

/* `word` is what follows the dash: at least one letter. */
static int parse_letters(struct parse *p, const char *word)
{
	for (const char *c = word; *c; c++) {
		const struct opt *row = opt_find_letter(p->table, *c);
		int r;

		if (!row)
			return *c == 'h' ? OPT_HELP
					 : err_set(p->e, ERR_INVALID, "unknown shorthand flag: '%c' in -%s", *c, word);
		if (c[1] == '=')
			return store(p, row, c + 2);
		if (row->type->word && c[1])
			return store(p, row, c + 1);
		if (row->type->word && p->at == p->argc)
			return err_set(p->e, ERR_INVALID, "flag needs an argument: '%c' in -%s", *c, word);
		if (row->type->word)
			return store(p, row, p->argv[p->at++]);
		r = store(p, row, "true");
		if (r != 0)
			return r;
	}
	return 0;
}

/* -name or -name=value, where the table takes that. */
static bool is_long(const struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	autofree char *name = p->table->one_dash && len > 1 ? strndup(word, len) : NULL;

	return name && (opt_find(p->table, name) || str_eq(name, "help"));
}

static int parse_word(struct parse *p, const char *word)
{
	if (word[1] == '-')
		return parse_long(p, word + 2);
	return is_long(p, word + 1) ? parse_long(p, word + 1) : parse_letters(p, word + 1);
}

int opt_parse(const struct opt_table *table, char **argv, size_t argc, void *to, size_t *ret_n, struct err *e)
{
	struct parse p = { .table = table, .argv = argv, .argc = argc, .to = to, .e = e };
	bool ended = false;
	size_t n = 0;

	while (p.at < argc) {
		char *word = argv[p.at++];
		int r;

		if (!ended && str_eq(word, "--")) {
			ended = true;
		} else if (ended || word[0] != '-' || !word[1]) {
			argv[n++] = word;
			ended |= table->operands_end_options;
		} else {
			r = parse_word(&p, word);
			if (r != 0)
				return r;
		}
	}
	*ret_n = n;
	return 0;
}

/* ---- help ---- */

/* "  -e, --env list", and its width. */
static size_t help_left(const struct opt *row, struct str *to)
{
	const char *word = row->word ? row->word : row->type->word;
	size_t before = to->len;

	if (row->letter)
		str_addf(to, "  -%c, --%s", row->letter, row->name);
	else
		str_addf(to, "      --%s", row->name);
	if (word)
		str_addf(to, " %s", word);
	return to->len - before;
}

void opt_help(const struct opt_table *table, struct str *to)
{
	autostr struct str scratch = STR_INIT;
	size_t widest = 0;

	for (size_t i = 0; i < table->n; i++) {
		size_t width = table->rows[i].help ? help_left(&table->rows[i], &scratch) : 0;

		widest = width > widest ? width : widest;
	}
	for (size_t i = 0; i < table->n; i++) {
		size_t width;

		if (!table->rows[i].help)
			continue;
		width = help_left(&table->rows[i], to);
		str_addf(to, "%*s%s\n", (int)(widest - width + 3), "", table->rows[i].help);
	}
}
