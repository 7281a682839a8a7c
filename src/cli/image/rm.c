/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

struct rm_options { bool force, no_prune; };

static const struct opt rows[] = {
	OPT(struct rm_options, force, "force", 'f', flag, "Force removal of the image"),
	OPT(struct rm_options, no_prune, "no-prune", 0, flag, "Do not delete untagged parents: layers stay for now"),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

static int rm_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	const struct rm_options *o = arg;
	const struct image_removal how = { .force = o->force, .keep_layers = o->no_prune };
	autostrv struct strv lines = STRV_INIT;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || image_remove(engine_store(engine), name, &how, &lines, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++)
		if (out_line(lines.items[i], e) < 0)
			return -1;
	return 0;
}

static int rm_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return command_each(cli, operands, n, rm_one, options);
}

const struct command image_rm = {
	.operands = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Remove one or more images",
	.options = &options_table,
	.size = sizeof(struct rm_options),
	.min = 1, .max = COMMAND_ANY,
	.run = rm_run,
};
