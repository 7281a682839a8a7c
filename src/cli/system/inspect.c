/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `inspect`, `container inspect` and `image inspect` differ in where they look. What is found is printed as one array
 * even when something else was not, as scripts expect.
 */

#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

typedef int inspect_func(struct engine *engine, const char *name, struct str *to, struct err *e);

static const struct opt rows[] = {
	OPT_LATER("format", 'f', text),
	OPT_LATER("platform", 0, text),
	OPT_LATER("size", 's', flag),
	OPT_LATER("type", 0, text),
};
OPT_TABLE(options_table, rows);

static int inspect_any(struct engine *engine, const char *name, struct str *to, struct err *e)
{
	struct err why = ERR_INIT;

	if (engine_inspect(engine, name, to, &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND && engine_inspect_image(engine, name, to, &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND, "no such object: %s", name);
	*e = why;
	return -1;
}

static int inspect(struct cli *cli, char **names, size_t n, inspect_func *one, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct engine *engine;
	size_t found = 0;
	int status = 0;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	str_add(&text, "[");
	for (size_t i = 0; i < n; i++) {
		autostr struct str object = STR_INIT;
		struct err why = ERR_INIT;

		if (one(engine, names[i], &object, &why) < 0) {
			cli_report("%s", why.text);
			status = COMMAND_FAILED;
			continue;
		}
		str_add(&text, found++ ? ",\n" : "\n");
		str_add_bytes(&text, str_text(&object), object.len);
	}
	str_add(&text, found ? "\n]\n" : "]\n");
	return out_str(&text, e) < 0 ? -1 : status;
}

static int inspect_any_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return inspect(cli, operands, n, inspect_any, e);
}

static int inspect_container_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return inspect(cli, operands, n, engine_inspect, e);
}

static int inspect_image_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return inspect(cli, operands, n, engine_inspect_image, e);
}

const struct command system_inspect = {
	.operands = "[OPTIONS] NAME|ID [NAME|ID...]",
	.summary = "Return low-level information on containers and images",
	.options = &options_table,
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_any_run,
};

const struct command container_inspect = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Display detailed information on one or more containers",
	.options = &options_table,
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_container_run,
};

const struct command image_inspect = {
	.operands = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Display detailed information on one or more images",
	.options = &options_table,
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_image_run,
};
