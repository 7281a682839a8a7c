/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

static const struct opt rows[] = {
	OPT_LATER("format", 'f', text),
};
OPT_TABLE(options_table, rows);

static int info_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct strmap facts = { { NULL } };
	autostr struct str text = STR_INIT;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || engine_info(engine, &facts, e) < 0)
		return -1;
	for (size_t i = 0; i + 1 < facts.pairs.n; i += 2) {
		str_addf(&text, "%s: ", facts.pairs.items[i]);
		text_escape(&text, facts.pairs.items[i + 1], strlen(facts.pairs.items[i + 1]));
		str_add_char(&text, '\n');
	}
	strv_done(&facts.pairs);
	return out_str(&text, e);
}

const struct command system_info = {
	.operands = "[OPTIONS]",
	.summary = "Display system-wide information",
	.options = &options_table,
	.run = info_run,
};
