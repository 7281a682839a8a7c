/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

struct rm_options { bool force; };

static const struct opt rows[] = {
	OPT(struct rm_options, force, "force", 'f', flag, "Force the removal of a running container (uses SIGKILL)"),
	OPT_LATER("link", 'l', flag),
	OPT_LATER("volumes", 'v', flag),
};
OPT_TABLE(options_table, rows);

/* Docker's `rm -f` of what is not there succeeds, and says so. */
static int rm_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	const struct rm_options *o = arg;
	struct err why = ERR_INIT;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	if (engine_remove(engine, name, o->force, &why) == 0)
		return out_line(name, e);
	if (why.code == ERR_NOT_FOUND && o->force) {
		cli_report("%s", why.text);
		return 0;
	}
	*e = why;
	return -1;
}

static int rm_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return command_each(cli, operands, n, rm_one, options);
}

const struct command container_rm = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Remove one or more containers",
	.options = &options_table,
	.size = sizeof(struct rm_options),
	.min = 1, .max = COMMAND_ANY,
	.run = rm_run,
};
