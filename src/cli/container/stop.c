/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

struct stop_options { struct opt_i64 timeout; };

static const struct opt rows[] = {
	OPT(struct stop_options, timeout, "timeout", 't', int, "Seconds to wait before killing the container"),
	OPT(struct stop_options, timeout, "time", 0, int, NULL),
	OPT_LATER("signal", 's', text),
};
OPT_TABLE(options_table, rows);

static int stop_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	const struct stop_options *o = arg;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || engine_stop(engine, name, o->timeout, e) < 0)
		return -1;
	return out_line(name, e);
}

static int stop_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return command_each(cli, operands, n, stop_one, options);
}

const struct command container_stop = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop one or more running containers",
	.options = &options_table,
	.size = sizeof(struct stop_options),
	.min = 1, .max = COMMAND_ANY,
	.run = stop_run,
};
