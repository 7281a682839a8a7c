/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/command.h"
#include "cli/container/session.h"
#include "cli/container/view.h"
#include "cli/output/out.h"

struct start_options { bool attach, interactive; };

static const struct opt rows[] = {
	OPT(struct start_options, attach, "attach", 'a', flag, "Attach STDOUT/STDERR and forward signals"),
	OPT(struct start_options, interactive, "interactive", 'i', flag, "Attach container's STDIN"),
	OPT_LATER("checkpoint", 0, text),
	OPT_LATER("checkpoint-dir", 0, text),
	OPT_LATER("detach-keys", 0, text),
};
OPT_TABLE(options_table, rows);

static int start_one(struct cli *cli, const char *name, void *arg, struct err *e)
{
	struct engine_start how = { .rows = 0 };
	struct engine *engine;
	char id[ENGINE_ID];
	int exec_failure;

	if (cli_engine(cli, &engine, e) < 0 || engine_find(engine, name, id, e) < 0 ||
	    engine_start(engine, id, &how, NULL, &exec_failure, e) < 0)
		return -1;
	return out_line(name, e);
}

static int start_attached(struct cli *cli, const struct start_options *o, const char *name, struct err *e)
{
	autosession struct session session = SESSION_INIT;
	autofacts struct view_facts facts = VIEW_FACTS_INIT;
	struct engine_start how;
	char id[ENGINE_ID];
	int exec_failure = 0;

	if (cli_engine(cli, &session.engine, e) < 0 || engine_find(session.engine, name, id, e) < 0 ||
	    view_facts(session.engine, id, &facts, e) < 0)
		return -1;
	session.id = id;
	session.tty = facts.tty;
	session.stdin_open = o->interactive && facts.open_stdin;
	if (session_init(&session, e) < 0)
		return -1;
	how = session_start(&session);
	if (engine_start(session.engine, id, &how, &session.attach, &exec_failure, e) == 0)
		return session_run(&session, e);
	if (exec_failure == 0)
		return -1;
	cli_report("%s", e->text);
	return exec_failure;
}

static int start_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct start_options *o = options;

	if (!o->attach && !o->interactive)
		return command_each(cli, operands, n, start_one, NULL);
	if (n > 1)
		return err_set(e, ERR_INVALID, "you cannot start and attach multiple containers at once");
	return start_attached(cli, o, operands[0], e);
}

const struct command container_start = {
	.operands = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Start one or more stopped containers",
	.options = &options_table,
	.size = sizeof(struct start_options),
	.min = 1, .max = COMMAND_ANY,
	.run = start_run,
};
