/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

static int wait_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	struct engine *engine;
	char line[16];
	int code = 0;

	if (cli_engine(cli, &engine, e) < 0 || engine_wait(engine, name, &code, e) < 0)
		return -1;
	(void)snprintf(line, sizeof(line), "%d", code);
	return out_line(line, e);
}

static int wait_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return command_each(cli, operands, n, wait_one, NULL);
}

const struct command container_wait = {
	.operands = "CONTAINER [CONTAINER...]",
	.summary = "Block until one or more containers stop, then print their exit codes",
	.min = 1, .max = COMMAND_ANY,
	.run = wait_run,
};
