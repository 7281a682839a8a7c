/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"

/* Global options come before the verb; errors are one line on stderr, and one more in the log that engines read. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/weaken.h"
#include "linux/sealed_exec.h"
#include "runtime/command/log.h"
#include "runtime/command/root.h"

#define GLOBAL(...) OPT(struct command_globals, __VA_ARGS__)

static const struct opt global_rows[] = {
	GLOBAL(root, "root", 0, text, "directory of the containers' state", "DIR"),
	GLOBAL(log, "log", 0, text, "file that errors are appended to", "FILE"),
	GLOBAL(log_format, "log-format", 0, text, "text or json", "FORMAT"),
	GLOBAL(debug, "debug", 0, flag, "more in the log"),
	GLOBAL(version, "version", 'v', flag, "print the version"),
	GLOBAL(systemd_cgroup, "systemd-cgroup", 0, flag, "cgroups are scopes that systemd makes"),
	GLOBAL(rootless, "rootless", 0, text, "true, false or auto: containers without cgroups where those are not permitted",
	       "MODE"),
	GLOBAL(cgroup_manager, "cgroup-manager", 0, text, "cgroupfs, systemd, or disabled: containers stay in the caller's cgroup",
	       "NAME"),
	GLOBAL(criu, "criu", 0, text, "program of checkpoint and restore (default: criu in PATH)", "PATH"),
};
VERB_OPTIONS(global_options, global_rows, .operands_end_options = true);

static const struct verb *const verbs[] = {
	&verb_create, &verb_start, &verb_run, &verb_exec, &verb_state, &verb_list, &verb_kill, &verb_delete,
	&verb_update, &verb_pause, &verb_resume, &verb_events, &verb_ps,
	&verb_checkpoint, &verb_restore,
	&verb_spec, &verb_features,
};

const struct opt_table *command_options(void)
{
	return &global_options;
}

const struct verb *command_verb(size_t i)
{
	return i < ARRAY_SIZE(verbs) ? verbs[i] : NULL;
}

int command_print(const struct str *text, struct err *e)
{
	int r = text->failed ? -ENOMEM : io_write_full(STDOUT_FILENO, text->data, text->len);

	return r < 0 ? err_sys(e, -r, "write to standard output") : 0;
}

static int print_help(const struct verb *verb, struct err *e)
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
			str_addf(&text, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
		str_add(&text, "\nOptions:\n");
		opt_help(&global_options, &text);
	}
	return command_print(&text, e);
}

static int run_call(const struct verb *verb, struct call *call, char **argv, size_t argc, void *options, struct err *e)
{
	static const struct opt_table none = { .n = 0 };
	int r = opt_parse(verb->options ? verb->options : &none, argv, argc, options, &call->n, e);

	if (r == OPT_HELP)
		return print_help(verb, e);
	if (r < 0)
		return err_prefix(e, "%s", verb->name);
	if (call->n < verb->min || call->n > verb->max)
		return err_set(e, ERR_INVALID, "%s: wanted: %s", verb->name, verb->operands);
	if (!verb->no_root && root_open(call->globals, &call->root, e) < 0)
		return -1;
	if (call->root)
		runtime_root_started_as(call->root, call->globals->started_as);
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

static const struct verb *look_up(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_eq(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

bool command_has_verb(const char *name)
{
	return look_up(name) != NULL;
}

bool command_has_option(const char *name)
{
	const struct opt *row = opt_find(&global_options, name);

	return row && !row->later;
}

static const struct verb *find_verb(const char *name, struct err *e)
{
	const struct verb *verb = look_up(name);

	if (verb)
		return verb;
	if (str_eq(name, verb_options.name))
		return &verb_options;
	if (weakened("fail-steps") && str_eq(name, verb_steps.name))
		return &verb_steps;
	(void)err_set(e, ERR_INVALID, "unknown command '%s'; lighter-runtime --help lists them", name);
	return NULL;
}

/* containerd reads "version" and "spec: "; Docker takes the word in front of "version" for the runtime's name. */
static int print_version(struct err *e)
{
	autostr struct str text = STR_INIT;

	str_add(&text, "lighter-runtime version " LIGHTER_VERSION "\nspec: " OCI_VERSION "\n");
	return command_print(&text, e);
}

/* The exit status, or -1 and the status for that in *ret_failure. */
static int dispatch(struct command_globals *g, char **argv, size_t argc, int *ret_failure, struct err *e)
{
	const struct verb *verb;
	size_t n;
	int r = opt_parse(&global_options, argv, argc, g, &n, e);

	if (r < 0)
		return -1;
	if (r == OPT_HELP)
		return print_help(NULL, e);
	if (g->version)
		return print_version(e);
	if (n == 0)
		return print_help(NULL, e) < 0 ? -1 : COMMAND_FAILED;
	verb = find_verb(argv[0], e);
	if (!verb || log_open(g, e) < 0)
		return -1;
	if (verb->failure)
		*ret_failure = verb->failure;
	return run_verb(verb, g, argv + 1, n - 1, e);
}

static void globals_done(struct command_globals *g)
{
	free(g->root);
	free(g->log);
	free(g->log_format);
	free(g->rootless);
	free(g->cgroup_manager);
	free(g->criu);
	free(g->started_as);
}

/* The words that are parsed are copies, because the originals may have to be hidden. The kernel puts them in one piece. */
static int copy_arguments(int argc, char **argv, struct arguments *ret_original, char **ret_text, char ***ret_copy,
			  struct err *e)
{
	char *last = argc > 0 ? argv[argc - 1] : NULL;
	struct arguments original = { last ? argv[0] : NULL, last ? (size_t)(last - argv[0]) + strlen(last) + 1 : 0 };

	*ret_text = malloc(original.size + 1);
	*ret_copy = calloc((size_t)argc + 2, sizeof(**ret_copy));
	if (!*ret_text || !*ret_copy)
		return err_nomem(e);
	memcpy(*ret_text, original.start ? original.start : "", original.size);
	for (int i = 0; i < argc; i++)
		(*ret_copy)[i] = *ret_text + (argv[i] - argv[0]);
	*ret_original = original;
	return 0;
}

int command_main(int argc, char **argv)
{
	cleanup(globals_done) struct command_globals globals = { .root = NULL };
	autofree char *text = NULL;
	autofree char **copy = NULL;
	struct err e = ERR_INIT;
	int failure = COMMAND_FAILED, r = sealed_reexec(argv, &globals.started_as, &e);

	if (r == 0)
		r = copy_arguments(argc, argv, &globals.arguments, &text, &copy, &e);
	if (r == 0)
		r = dispatch(&globals, copy + 1, argc > 0 ? (size_t)argc - 1 : 0, &failure, &e);
	if (r >= 0)
		return r;
	log_failure(&globals, &e);
	return failure;
}
