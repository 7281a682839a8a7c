/* SPDX-License-Identifier: Apache-2.0 */

/* The keeper's last act is one exec of this: what needs the store or the image layer after a container's end. */

#include "cli/command.h"
#include "engine/engine.h"

static int cleanup_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	return engine_cleanup(engine, operands[0], e);
}

const struct command container_cleanup = {
	.operands = "ID",
	.summary = "Clean up after a container that has ended",
	.min = 1, .max = 1,
	.run = cleanup_run,
};
