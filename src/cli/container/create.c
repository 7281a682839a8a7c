/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/create.h"

#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/image/pull.h"
#include "cli/output/out.h"

/* Nothing says "no such image" apart from "no such file" but the image itself. */
static bool image_is_missing(struct engine *engine, const char *image)
{
	struct image_record record = { .id = NULL };
	struct err why = ERR_INIT;

	if (image_resolve(engine_store(engine), image, &record, &why) == 0) {
		image_record_done(&record);
		return false;
	}
	return why.code == ERR_NOT_FOUND;
}

static int pull_for(struct engine *engine, const struct config_options *options, struct err *e)
{
	struct pull_how how = { .reference = options->config.image, .progress = STDERR_FILENO };

	return pull_image(engine, &how, NULL, e);
}

/* Docker's words, which scripts know. */
static void say_missing(const char *image)
{
	autostr struct str line = STR_INIT;

	str_add(&line, "Unable to find image '");
	text_escape(&line, image, strlen(image));
	str_add(&line, "' locally\n");
	(void)out_bytes(STDERR_FILENO, str_text(&line), line.len);
}

int create_container(struct engine *engine, const struct config_options *options, char ret_id[static ENGINE_ID],
		     struct err *e)
{
	const struct container_config *config = &options->config;
	autofree char *note = NULL;
	struct err why = ERR_INIT;
	int r;

	if (options->pull && str_eq(options->pull, "always") && pull_for(engine, options, e) < 0)
		return -1;
	r = engine_create(engine, config, ret_id, &note, &why);
	if (r < 0 && why.code == ERR_NOT_FOUND && !(options->pull && str_eq(options->pull, "never")) &&
	    image_is_missing(engine, config->image)) {
		say_missing(config->image);
		if (pull_for(engine, options, e) < 0)
			return -1;
		r = engine_create(engine, config, ret_id, &note, &why);
	}
	if (r < 0) {
		*e = why;
		return -1;
	}
	if (note)
		cli_report("%s", note);
	return 0;
}

static int create_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	char id[ENGINE_ID];
	struct engine *engine;

	if (config_options_finish(options, operands, n, e) < 0 || cli_engine(cli, &engine, e) < 0 ||
	    create_container(engine, options, id, e) < 0)
		return -1;
	return out_line(id, e);
}

const struct command container_create = {
	.operands = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create a new container",
	.options = &config_options_of_create,
	.size = sizeof(struct config_options),
	.min = 1, .max = COMMAND_ANY,
	.run = create_run,
	.done = config_options_done,
};
