/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "engine/engine.h"
#include "image/target.h"

struct save_options { char *output; };

static const struct opt rows[] = {
	OPT(struct save_options, output, "output", 'o', text, "Write to a file, instead of STDOUT"),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

static int open_target(void *arg, struct err *e)
{
	return target_open(arg, e);
}

static int save_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct save_options *o = options;
	autotarget struct target target = TARGET_INIT(o->output);
	struct engine *engine;

	if (!o->output && isatty(STDOUT_FILENO))
		return err_set(e, ERR_INVALID, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
	if (cli_engine(cli, &engine, e) < 0 || image_save(engine_store(engine), operands, n, open_target, &target, e) < 0)
		return -1;
	return target_finish(&target, e);
}

static void save_done(void *options)
{
	free(((struct save_options *)options)->output);
}

const struct command image_save_command = {
	.operands = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
	.options = &options_table,
	.size = sizeof(struct save_options),
	.min = 1, .max = COMMAND_ANY,
	.run = save_run,
	.done = save_done,
};
