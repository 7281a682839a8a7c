/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `inspect`, `container inspect` and `image inspect` differ in where they look. What is found is printed as one array
 * even when something else was not, as scripts expect; with a template, one line an object.
 */

#include "cli/command.h"
#include "cli/output/format.h"
#include "engine/engine.h"

typedef int inspect_func(struct engine *engine, const char *name, struct str *to, struct err *e);

struct inspect_options { char *format, *type; };

static const char format_help[] = "Format output: 'json', or a Go template";

static const struct opt any_rows[] = {
	OPT(struct inspect_options, format, "format", 'f', text, format_help),
	OPT(struct inspect_options, type, "type", 0, text, "Only inspect objects of this type: container, image"),
	OPT_LATER("size", 's', flag),
};
OPT_TABLE(any_options, any_rows);

static const struct opt container_rows[] = {
	OPT(struct inspect_options, format, "format", 'f', text, format_help),
	OPT_LATER("size", 's', flag),
};
OPT_TABLE(container_options, container_rows);

static const struct opt image_rows[] = {
	OPT(struct inspect_options, format, "format", 'f', text, format_help),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(image_options, image_rows);

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

/* "json" is the array without its space. */
static int finish(struct str *array, const char *format, struct err *e)
{
	autostr struct str compact = STR_INIT;

	if (!format)
		return format_out(array, e);
	return format_document("json", array, &compact, e) < 0 ? -1 : format_out(&compact, e);
}

/* The objects are one array; what is not found is told and left out. The exit status. */
static int inspect_array(struct engine *engine, char **names, size_t n, inspect_func *one, const char *format, struct err *e)
{
	autostr struct str text = STR_INIT;
	size_t found = 0;
	int status = 0;

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
	return finish(&text, format, e) < 0 ? -1 : status;
}

static int inspect_lines(struct engine *engine, char **names, size_t n, inspect_func *one, const char *format, struct err *e)
{
	autostr struct str text = STR_INIT;
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		autostr struct str object = STR_INIT;
		struct err why = ERR_INIT;

		if (one(engine, names[i], &object, &why) == 0 && format_document(format, &object, &text, &why) == 0)
			continue;
		cli_report("%s", why.text);
		status = COMMAND_FAILED;
	}
	return format_out(&text, e) < 0 ? -1 : status;
}

static int inspect(struct cli *cli, const struct inspect_options *o, char **names, size_t n, inspect_func *one, struct err *e)
{
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	if (!o->format || !o->format[0] || str_eq(o->format, "json"))
		return inspect_array(engine, names, n, one, o->format && o->format[0] ? o->format : NULL, e);
	return inspect_lines(engine, names, n, one, o->format, e);
}

static int inspect_any_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	static const struct { const char *word; inspect_func *one; } types[] = {
		{ "", inspect_any }, { "container", engine_inspect }, { "image", engine_inspect_image },
	};
	const struct inspect_options *o = options;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(o->type ? o->type : "", types[i].word))
			return inspect(cli, o, operands, n, types[i].one, e);
	return err_set(e, ERR_INVALID, "\"%s\" is not a valid value for --type", o->type);
}

static int inspect_container_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return inspect(cli, options, operands, n, engine_inspect, e);
}

static int inspect_image_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	return inspect(cli, options, operands, n, engine_inspect_image, e);
}

static void inspect_done(void *options)
{
	struct inspect_options *o = options;

	free(o->format);
	free(o->type);
}

const struct command system_inspect = {
	.operands = "[OPTIONS] NAME|ID [NAME|ID...]",
	.summary = "Return low-level information on containers and images",
	.options = &any_options,
	.size = sizeof(struct inspect_options),
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_any_run,
	.done = inspect_done,
};

const struct command container_inspect = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Display detailed information on one or more containers",
	.options = &container_options,
	.size = sizeof(struct inspect_options),
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_container_run,
	.done = inspect_done,
};

const struct command image_inspect = {
	.operands = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Display detailed information on one or more images",
	.options = &image_options,
	.size = sizeof(struct inspect_options),
	.min = 1, .max = COMMAND_ANY,
	.run = inspect_image_run,
	.done = inspect_done,
};
