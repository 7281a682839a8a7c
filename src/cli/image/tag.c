/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "engine/engine.h"

static int tag_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct engine *engine;

	return cli_engine(cli, &engine, e) < 0 ? -1 : image_tag(engine_store(engine), operands[0], operands[1], e);
}

const struct command image_tag_command = {
	.operands = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
	.summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
	.min = 2, .max = 2,
	.run = tag_run,
};
