/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output/format.h"
#include "cli/output/out.h"
#include "engine/engine.h"

struct info_options { char *format; };

static const struct opt rows[] = {
	OPT(struct info_options, format, "format", 'f', text, "Format output: 'json', or a Go template"),
};
OPT_TABLE(options_table, rows);

static int print_document(struct engine *engine, const char *format, struct err *e)
{
	autostr struct str document = STR_INIT, text = STR_INIT;

	if (engine_info_document(engine, &document, e) < 0 || format_document(format, &document, &text, e) < 0)
		return -1;
	return format_out(&text, e);
}

static int info_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct strmap facts = { { NULL } };
	autostr struct str text = STR_INIT;
	const struct info_options *o = options;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	if (o->format)
		return print_document(engine, o->format, e);
	if (engine_info(engine, &facts, e) < 0)
		return -1;
	for (size_t i = 0; i + 1 < facts.pairs.n; i += 2) {
		str_addf(&text, "%s: ", facts.pairs.items[i]);
		text_escape(&text, facts.pairs.items[i + 1], strlen(facts.pairs.items[i + 1]));
		str_add_char(&text, '\n');
	}
	strv_done(&facts.pairs);
	return out_str(&text, e);
}

static void info_done(void *options)
{
	free(((struct info_options *)options)->format);
}

const struct command system_info = {
	.operands = "[OPTIONS]",
	.summary = "Display system-wide information",
	.options = &options_table,
	.size = sizeof(struct info_options),
	.run = info_run,
	.done = info_done,
};
