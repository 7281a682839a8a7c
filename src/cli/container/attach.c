/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/command.h"
#include "cli/container/session.h"
#include "cli/container/view.h"

struct attach_options { bool no_stdin; };

static const struct opt rows[] = {
	OPT(struct attach_options, no_stdin, "no-stdin", 0, flag, "Do not attach STDIN"),
	OPT_LATER("detach-keys", 0, text),
	OPT_LATER("sig-proxy", 0, flag),
};
OPT_TABLE(options_table, rows);

static int attach_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct attach_options *o = options;
	autosession struct session session = SESSION_INIT;
	autofacts struct view_facts facts = VIEW_FACTS_INIT;
	struct engine_start how;
	char id[ENGINE_ID];

	if (cli_engine(cli, &session.engine, e) < 0 || engine_find(session.engine, operands[0], id, e) < 0 ||
	    view_facts(session.engine, id, &facts, e) < 0)
		return -1;
	session.id = id;
	session.tty = facts.tty;
	session.stdin_open = !o->no_stdin && facts.open_stdin;
	if (session.tty && session.stdin_open && !isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "the input device is not a TTY");
	if (session_init(&session, e) < 0)
		return -1;
	how = session_start(&session);
	if (engine_attach(session.engine, id, &how, &session.attach, e) < 0)
		return -1;
	return session_run(&session, e);
}

const struct command container_attach = {
	.operands = "[OPTIONS] CONTAINER",
	.summary = "Attach local standard input, output, and error streams to a running container",
	.options = &options_table,
	.size = sizeof(struct attach_options),
	.min = 1, .max = 1,
	.run = attach_run,
};
