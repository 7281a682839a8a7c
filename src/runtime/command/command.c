/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"

/* Global options come before the verb; errors are one line on stderr, and one more in the log that engines read. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "base/weaken.h"
#include "linux/sealed_exec.h"
#include "runtime/command/log.h"

#define GLOBAL(...) OPT(struct command_globals, __VA_ARGS__)

static const struct opt global_rows[] = {
	GLOBAL(root, "root", 0, text, "directory of the containers' state", "DIR"),
	GLOBAL(log, "log", 0, text, "file that errors are appended to", "FILE"),
	GLOBAL(log_format, "log-format", 0, text, "text or json", "FORMAT"),
	GLOBAL(debug, "debug", 0, flag, "more in the log"),
	GLOBAL(version, "version", 'v', flag, "print the version"),
	OPT_LATER("systemd-cgroup", 0, flag),
	OPT_LATER("rootless", 0, text),
	OPT_LATER("criu", 0, text),
};
OPT_TABLE(global_options, global_rows, .operands_end_options = true);

static const struct verb *const verbs[] = {
	&verb_create, &verb_start, &verb_run, &verb_exec, &verb_state, &verb_kill, &verb_delete,
};

static void print(const struct str *text)
{
	(void)io_write_full(STDOUT_FILENO, str_text(text), text->len);
}

static void print_help(const struct verb *verb)
{
	autostr struct str text = STR_INIT;

	if (verb) {
		str_addf(&text, "Usage: lighter-runtime %s [OPTIONS] %s\n\n%s\n\nOptions:\n", verb->name, verb->operands,
			 verb->summary);
		if (verb->options)
			opt_help(verb->options, &text);
	} else {
		str_add(&text, "Usage: lighter-runtime [OPTIONS] COMMAND [OPTIONS] ID\n\nCommands:\n");
		for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
			str_addf(&text, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
		str_add(&text, "\nOptions:\n");
		opt_help(&global_options, &text);
	}
	print(&text);
}

/* The build that tests make every step fail in turn asks for their names. */
static int print_steps(void)
{
	static const struct { const char *table; const struct step *(*steps)(size_t *n); } tables[] = {
		{ "create", create_steps }, { "init", init_steps },
	};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		size_t n;
		const struct step *steps = tables[i].steps(&n);

		for (size_t k = 0; k < n; k++)
			str_addf(&text, "%s/%s\n", tables[i].table, steps[k].name);
	}
	print(&text);
	return 0;
}

static int run_call(const struct verb *verb, struct call *call, char **argv, size_t argc, void *options, struct err *e)
{
	static const struct opt_table none = { .n = 0 };
	int r = opt_parse(verb->options ? verb->options : &none, argv, argc, options, &call->n, e);

	if (r == OPT_HELP) {
		print_help(verb);
		return 0;
	}
	if (r < 0)
		return err_prefix(e, "%s", verb->name);
	if (call->n < verb->min || call->n > verb->max)
		return err_set(e, ERR_INVALID, "%s: wanted: %s", verb->name, verb->operands);
	if (runtime_root_open(call->globals->root ? call->globals->root : "/run/lighter-runtime", &call->root, e) < 0)
		return -1;
	r = verb->run(call, e);
	runtime_root_free(call->root);
	return r;
}

static int run_verb(const struct verb *verb, const struct command_globals *g, char **argv, size_t argc, struct err *e)
{
	autofree void *options = calloc(1, verb->size + 1);
	struct call call = { .globals = g, .options = options, .operands = argv };
	int r;

	if (!options)
		return err_nomem(e);
	r = run_call(verb, &call, argv, argc, options, e);
	if (verb->done)
		verb->done(options);
	return r;
}

static const struct verb *find_verb(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_eq(verbs[i]->name, name))
			return verbs[i];
	(void)err_set(e, ERR_INVALID, "unknown command '%s'; lighter-runtime --help lists them", name);
	return NULL;
}

static int dispatch(struct command_globals *g, char **argv, size_t argc, struct err *e)
{
	const struct verb *verb;
	size_t n;
	int r = opt_parse(&global_options, argv, argc, g, &n, e);

	if (r < 0)
		return -1;
	if (r == OPT_HELP || (n == 0 && !g->version)) {
		print_help(NULL);
		return r == OPT_HELP ? 0 : COMMAND_FAILED;
	}
	if (g->version) {
		(void)printf("lighter-runtime version %s\nspec: 1.2.0\n", LIGHTER_VERSION);
		return 0;
	}
	if (weakened("fail-steps") && str_eq(argv[0], "steps"))
		return print_steps();
	verb = find_verb(argv[0], e);
	return verb ? run_verb(verb, g, argv + 1, n - 1, e) : -1;
}

static void globals_done(struct command_globals *g)
{
	free(g->root);
	free(g->log);
	free(g->log_format);
	free(g->rootless);
	free(g->criu);
}

int command_main(int argc, char **argv)
{
	cleanup(globals_done) struct command_globals globals = { .root = NULL };
	autostr struct str said = STR_INIT;
	struct err e = ERR_INIT;
	int r = sealed_reexec(argv, &e);

	if (r == 0)
		r = dispatch(&globals, argv + 1, (size_t)argc - 1, &e);
	if (r >= 0)
		return r;
	text_escape(&said, e.text, strlen(e.text));
	(void)fprintf(stderr, "lighter-runtime: %s\n", str_text(&said));
	log_append(&globals, &e);
	return COMMAND_FAILED;
}
