/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Create, start attached, relay, hand back the program's own status. 125 is ours, 126 and 127 say that the program could
 * not be run or found. A --rm container whose start failed is removed here: no monitor exists that would.
 */

#include "cli/command.h"
#include "cli/container/config_options.h"
#include "cli/container/create.h"
#include "cli/container/session.h"
#include "cli/output/out.h"

static int start_failed(struct engine *engine, const struct config_options *options, const char *id, int exec_failure,
			struct err *e)
{
	struct err ignored = ERR_INIT;

	if (options->config.remove && engine_cleanup(engine, id, &ignored) < 0)
		cli_report("%s, ignoring", ignored.text);
	if (exec_failure == 0)
		return -1;
	cli_report("%s", e->text);
	return exec_failure;
}

static int run_detached(struct engine *engine, const struct config_options *options, const char *id, struct err *e)
{
	struct engine_start how = { .rows = 0 };
	int exec_failure = 0;

	if (engine_start(engine, id, &how, NULL, &exec_failure, e) < 0)
		return start_failed(engine, options, id, exec_failure, e);
	return out_line(id, e);
}

static int run_attached(struct engine *engine, const struct config_options *options, const char *id, struct err *e)
{
	autosession struct session session = SESSION_INIT;
	struct engine_start how;
	int exec_failure = 0;

	session.engine = engine;
	session.id = id;
	session.tty = options->config.tty;
	session.stdin_open = options->config.open_stdin;
	if (session_init(&session, e) < 0)
		return -1;
	how = session_start(&session);
	if (engine_start(engine, id, &how, &session.attach, &exec_failure, e) < 0)
		return start_failed(engine, options, id, exec_failure, e);
	return session_run(&session, e);
}

static int run_run(struct cli *cli, void *opaque, char **operands, size_t n, struct err *e)
{
	struct config_options *options = opaque;
	struct engine *engine;
	char id[ENGINE_ID];

	if (!options->detach && options->config.tty && options->config.open_stdin && !isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "the input device is not a TTY");
	if (config_options_finish(options, operands, n, e) < 0 || cli_engine(cli, &engine, e) < 0 ||
	    create_container(engine, options, id, e) < 0)
		return -1;
	return (options->detach ? run_detached : run_attached)(engine, options, id, e);
}

const struct command container_run = {
	.operands = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create and run a new container from an image",
	.options = &config_options_of_run,
	.size = sizeof(struct config_options),
	.min = 1, .max = COMMAND_ANY,
	.failure = COMMAND_MISUSED,
	.run = run_run,
	.done = config_options_done,
};
