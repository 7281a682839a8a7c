/* SPDX-License-Identifier: Apache-2.0 */

#include <signal.h>

#include "base/signame.h"
#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

struct kill_options { struct opt_u32 signal; };

static int signal_set(void *field, const char *value, struct err *e)
{
	struct opt_u32 *to = field;
	int number;

	if (signame_parse(value, &number, e) < 0)
		return -1;
	*to = (struct opt_u32){ .set = true, .value = (uint32_t)number };
	return 0;
}

static const struct opt_type opt_type_signal = { "string", signal_set };

static const struct opt rows[] = {
	OPT(struct kill_options, signal, "signal", 's', signal, "Signal to send to the container"),
};
OPT_TABLE(options_table, rows);

static int kill_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	const struct kill_options *o = arg;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 ||
	    engine_kill(engine, name, o->signal.set ? (int)o->signal.value : SIGKILL, e) < 0)
		return -1;
	return out_line(name, e);
}

static int kill_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return command_each(cli, operands, n, kill_one, options);
}

const struct command container_kill = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Kill one or more running containers",
	.options = &options_table,
	.size = sizeof(struct kill_options),
	.min = 1, .max = COMMAND_ANY,
	.run = kill_run,
};
