/* SPDX-License-Identifier: Apache-2.0 */

/* Each line is one word of a command line, for a table that has every type; both grammars. */

#include "base/opt.h"

#include "base/fuzz.h"

struct options {
	bool flag;
	struct opt_bool given;
	char *text;
	struct strv list;
	struct opt_i64 number, size, decimal;
	struct opt_u32 unsigned_;
	struct strmap map;
};

static const struct opt rows[] = {
	OPT(struct options, flag, "flag", 'f', flag, "a switch"),
	OPT(struct options, given, "given", 0, given, "a switch that tells"),
	OPT(struct options, text, "text", 't', text, "a text", "TEXT"),
	OPT(struct options, list, "list", 'l', list, "texts"),
	OPT(struct options, number, "int", 'i', int, "a number"),
	OPT(struct options, unsigned_, "uint", 'u', uint, "a number"),
	OPT(struct options, size, "size", 's', size, NULL),
	OPT(struct options, decimal, "decimal", 'd', decimal, "a decimal"),
	OPT(struct options, map, "map", 'm', map, "pairs"),
	OPT_LATER("later", 0, text),
};
static const struct opt_table tables[] = {
	{ .rows = rows, .n = ARRAY_SIZE(rows) },
	{ .rows = rows, .n = ARRAY_SIZE(rows), .one_dash = true, .operands_end_options = true },
};

static void parse(const struct opt_table *table, char *text)
{
	autofree char *copy = strdup(text);
	autofree char **argv = NULL;
	autostrv struct strv words = STRV_INIT;
	autostr struct str help = STR_INIT;
	struct options o = { .text = NULL };
	struct err e = ERR_INIT;
	size_t n = 0;
	int r;

	fuzz_lines(copy, &words);
	argv = calloc(words.n + 1, sizeof(*argv));
	if (!argv)
		abort();
	memcpy(argv, words.items, words.n * sizeof(*argv)); /* it is put in another order */
	r = opt_parse(table, argv, words.n, &o, &n, &e);
	if (r < 0 ? e.code == ERR_NONE || !e.text[0] : r == 0 && n > words.n)
		abort();
	if (r == OPT_HELP)
		opt_help(table, &help);
	free(o.text);
	strv_done(&o.list);
	strv_done(&o.map.pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		parse(&tables[i], text);
	return 0;
}
