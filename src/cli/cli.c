/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From argv to one command: options of the program, the command's name (one word or two), its options, the number of
 * operands, then the command. What goes wrong on the way is the user's and ends with where to read more.
 */

#include "cli/cli.h"

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/output/out.h"
#include "engine/engine.h"

static const struct opt rows[] = {
	OPT(struct cli, log_level, "log-level", 'l', text, "How much to tell on stderr: error, warn, info, debug"),
	OPT(struct cli, root, "root", 0, text, "Directory of images and containers", .word = "directory"),
	OPT(struct cli, run_root, "run-root", 0, text, "Directory of what lives until the next boot", .word = "directory"),
	OPT(struct cli, version, "version", 'v', flag, "Print the version and quit"),
	OPT_LATER("config", 0, text),
	OPT_LATER("context", 'c', text),
	OPT_LATER("debug", 'D', flag),
	OPT_LATER("host", 'H', list),
	OPT_LATER("tls", 0, flag),
};

const struct opt_table cli_options = { .rows = rows, .n = ARRAY_SIZE(rows), .operands_end_options = true };

/* What the command line has been understood as. */
struct request {
	const struct command_group *group;
	const struct command_name *name; /* NULL: help of the group or of the program */
	char **words;			 /* behind the name */
	size_t n;
	bool help;
};

void cli_report(const char *format, ...)
{
	autostr struct str text = STR_INIT, line = STR_INIT;
	va_list args;

	va_start(args, format);
	str_addv(&text, format, args);
	va_end(args);
	str_add(&line, "lighter: ");
	text_escape(&line, str_text(&text), text.len);
	str_add_char(&line, '\n');
	(void)io_write_full(STDERR_FILENO, line.data, line.len);
}

int cli_engine(struct cli *cli, struct engine **ret, struct err *e)
{
	struct engine_options options = { .root = cli->root, .run_root = cli->run_root };

	if (!cli->engine && engine_open(&options, &cli->engine, e) < 0)
		return -1;
	*ret = cli->engine;
	return 0;
}

static void cli_done(struct cli *cli)
{
	if (cli->engine)
		engine_free(cli->engine);
	free(cli->root);
	free(cli->run_root);
	free(cli->log_level);
}

/* ---- the command's name ---- */

static int unknown_command(const char *group, const char *word, struct err *e)
{
	struct text_nearest near = TEXT_NEAREST_INIT(word);
	autostr struct str path = STR_INIT;

	for (size_t i = 0; i < command_names_n; i++) {
		const struct command_name *c = &command_names[i];
		bool same = group && c->group ? str_eq(group, c->group) : group == c->group;

		if (same && c->command && !c->hidden)
			text_nearest_try(&near, c->name);
	}
	help_path(&path, group, word);
	if (near.best)
		return err_set(e, ERR_INVALID, "unknown command: %s, did you mean %s?", str_text(&path), near.best);
	return err_set(e, ERR_INVALID, "unknown command: %s", str_text(&path));
}

static int request_name(struct request *q, const char *group, char **words, size_t n, struct err *e)
{
	autostr struct str path = STR_INIT;

	q->name = command_find(group, words[0]);
	q->words = words + 1;
	q->n = n - 1;
	if (!q->name)
		return unknown_command(group, words[0], e);
	if (q->name->command)
		return 0;
	q->name = NULL;
	help_path(&path, group, words[0]);
	return err_set(e, ERR_UNSUPPORTED, "'%s' is not there yet", str_text(&path));
}

static int request_read(struct request *q, char **words, size_t n, struct err *e)
{
	if (n > 0 && str_eq(words[0], "help")) {
		q->help = true;
		words++;
		n--;
	}
	if (n == 0)
		return 0;
	q->group = command_group_find(words[0]);
	if (!q->group)
		return request_name(q, NULL, words, n, e);
	if (n == 1 || str_eq(words[1], "--help") || str_eq(words[1], "-h"))
		return 0;
	return request_name(q, q->group->name, words + 1, n - 1, e);
}

/* ---- running it ---- */

static int print_help(const struct request *q, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (q->name)
		help_command(&text, q->name);
	else if (q->group)
		help_group(&text, q->group);
	else
		help_program(&text);
	return out_str(&text, e);
}

/* "'lighter rm' requires at least 1 argument" */
static int check_operands(const struct request *q, size_t n, struct err *e)
{
	const struct command *c = q->name->command;
	autostr struct str path = STR_INIT;
	size_t want = n < c->min ? c->min : c->max;

	if (n >= c->min && n <= c->max)
		return 0;
	help_path(&path, q->name->group, q->name->name);
	if (c->max == 0)
		return err_set(e, ERR_INVALID, "'%s' accepts no arguments", str_text(&path));
	return err_set(e, ERR_INVALID, "'%s' requires %s %zu argument%s", str_text(&path),
		       c->min == c->max ? "exactly" : n < c->min ? "at least" : "at most", want, want == 1 ? "" : "s");
}

static void report_misuse(const struct request *q, const struct err *e)
{
	autostr struct str hint = STR_INIT;

	cli_report("%s", e->text);
	str_add(&hint, "\nRun '");
	help_path(&hint, q->group ? q->group->name : NULL, q->name ? q->name->name : NULL);
	str_add(&hint, " --help' for more information\n");
	(void)io_write_full(STDERR_FILENO, hint.data, hint.len);
}

static int run_command(struct cli *cli, const struct request *q, void *options)
{
	static const struct opt_table none = { .n = 0 };
	const struct command *c = q->name->command;
	struct err e = ERR_INIT;
	size_t n = 0;
	int r = opt_parse(c->options ? c->options : &none, q->words, q->n, options, &n, &e);

	if (r == OPT_HELP)
		r = print_help(q, &e);
	else if (r == 0 && check_operands(q, n, &e) < 0)
		return report_misuse(q, &e), COMMAND_FAILED;
	else if (r < 0)
		return report_misuse(q, &e), COMMAND_MISUSED;
	else
		r = c->run(cli, options, q->words, n, &e);
	log_debug("'%s' ends with %d", q->name->name, r);
	if (r >= 0)
		return r;
	cli_report("%s", e.text);
	return exit_status(e.code, c->failure ? c->failure : COMMAND_FAILED);
}

static int run_request(struct cli *cli, const struct request *q)
{
	autofree void *options = NULL;
	struct err e = ERR_INIT;
	int status;

	if (q->help || !q->name) {
		if (print_help(q, &e) == 0)
			return 0;
		cli_report("%s", e.text);
		return COMMAND_FAILED;
	}
	options = calloc(1, q->name->command->size + 1);
	if (!options) {
		(void)err_nomem(&e);
		cli_report("%s", e.text);
		return COMMAND_FAILED;
	}
	status = run_command(cli, q, options);
	if (q->name->command->done)
		q->name->command->done(options);
	return status;
}

static int set_log(const struct cli *cli, struct err *e)
{
	enum log_level level = LOG_LEVEL_WARN;

	if (cli->log_level && log_parse_level(cli->log_level, &level) < 0)
		return err_set(e, ERR_INVALID, "invalid argument \"%s\" for \"-l, --log-level\" flag: error, warn, info or "
			       "debug is wanted", cli->log_level);
	log_init("lighter", STDERR_FILENO, level);
	return 0;
}

static int cli_run(struct cli *cli, char **words, size_t argc)
{
	struct request q = { NULL };
	struct err e = ERR_INIT;
	size_t n = 0;
	int r = opt_parse(&cli_options, words, argc, cli, &n, &e);

	if (r == OPT_HELP) {
		q.help = true;
		return run_request(cli, &q);
	}
	if (r == 0)
		r = set_log(cli, &e);
	if (r < 0)
		return report_misuse(&q, &e), COMMAND_MISUSED;
	if (cli->version) {
		(void)out_line("lighter version " LIGHTER_VERSION, &e);
		return 0;
	}
	if (request_read(&q, words, n, &e) < 0)
		return report_misuse(&q, &e), COMMAND_FAILED;
	return run_request(cli, &q);
}

/* A standard stream that the caller closed would be the number of the next file we open: /dev/null takes its place. */
static void open_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0) != fd)
			continue;
		(void)fcntl(fd, F_SETFD, 0);
	}
}

int cli_main(int argc, char **argv)
{
	struct cli cli = { NULL };
	int status;

	open_streams();
	status = cli_run(&cli, argv + 1, argc > 0 ? (size_t)argc - 1 : 0);

	cli_done(&cli);
	return status;
}
