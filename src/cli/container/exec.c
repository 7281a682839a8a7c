/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Without a terminal the process gets our very descriptors, so that nothing is copied; only a descriptor that is a
 * terminal of the host is replaced by a pipe: the container must not hold that. With a terminal its master is ours.
 */

#include <fcntl.h>
#include <string.h>

#include "cli/command.h"
#include "cli/container/env.h"
#include "cli/container/relay.h"
#include "engine/engine.h"

struct exec_options {
	struct strv env;
	struct exec_config config;
};

static const struct opt rows[] = {
	OPT(struct exec_options, config.detach, "detach", 'd', flag, "Detached mode: run command in the background"),
	OPT(struct exec_options, env, "env", 'e', env, "Set environment variables"),
	OPT(struct exec_options, config.open_stdin, "interactive", 'i', flag, "Keep STDIN open even if not attached"),
	OPT(struct exec_options, config.tty, "tty", 't', flag, "Allocate a pseudo-TTY"),
	OPT(struct exec_options, config.user, "user", 'u', text, "Username or UID (format: <name|uid>[:<group|gid>])"),
	OPT(struct exec_options, config.working_dir, "workdir", 'w', text, "Working directory inside the container"),
	OPT_LATER("detach-keys", 0, text),
	OPT_LATER("env-file", 0, list),
	OPT_LATER("privileged", 0, flag),
};
OPT_TABLE(options_table, rows, .operands_end_options = true);

/* A pipe for stream `fd` (0, 1, 2) of the process: its end is returned, ours joins the relays. */
static int exec_pipe(struct relays *relays, int fd, struct err *e)
{
	int ends[2], ours, theirs;
	struct relay *r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "pipe");
	ours = fd == STDIN_FILENO ? ends[1] : ends[0];
	theirs = fd == STDIN_FILENO ? ends[0] : ends[1];
	(void)fcntl(ours, F_SETFL, O_NONBLOCK);
	r = fd == STDIN_FILENO ? relays_add(relays, fd, ours) : relays_add(relays, ours, fd);
	r->output = fd != STDIN_FILENO;
	r->owns_from = r->output;
	r->owns_to = !r->output;
	return theirs;
}

static void close_theirs(int theirs[static 3])
{
	for (int i = 0; i < 3; i++)
		own_close(&theirs[i]);
}

/* `theirs`: the pipe ends that are ours to close once the process has them. */
static int exec_stdio(struct exec_options *o, struct relays *relays, int theirs[static 3], struct err *e)
{
	for (int i = 0; i < 3; i++) {
		o->config.stdio[i] = -EBADF;
		if (o->config.tty || o->config.detach || (i == STDIN_FILENO && !o->config.open_stdin))
			continue;
		if (isatty(i)) {
			theirs[i] = exec_pipe(relays, i, e);
			if (theirs[i] < 0)
				return -1;
		}
		o->config.stdio[i] = isatty(i) ? theirs[i] : i;
	}
	return 0;
}

static int exec_terminal(const struct exec_options *o, struct relays *relays, int master, struct detach_keys *keys,
			 struct err *e)
{
	static const int window[] = { SIGWINCH };

	if (signals_open(&relays->window, window, ARRAY_SIZE(window), e) < 0)
		return -1;
	relays->master = master;
	(void)fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	relays_add(relays, master, STDOUT_FILENO)->output = true;
	if (o->config.open_stdin)
		relays_add(relays, STDIN_FILENO, master)->keys = isatty(STDIN_FILENO) ? keys : NULL;
	return 0;
}

static int exec_relay(const struct exec_options *o, struct exec *exec, struct relays *relays, int master, struct err *e)
{
	autoterminal struct terminal terminal = TERMINAL_INIT;
	struct detach_keys keys = { false };
	int code = 0;

	relays->ended_fd = engine_exec_fd(exec);
	if (master >= 0 && exec_terminal(o, relays, master, &keys, e) < 0)
		return -1;
	if (master >= 0 && o->config.open_stdin)
		terminal_raw(&terminal, STDIN_FILENO);
	if (relays->n > 0 && relays_run(relays, e) < 0)
		return -1;
	if (relays->detached)
		return 0;
	return engine_exec_wait(exec, &code, e) < 0 ? -1 : code;
}

static int exec_start(struct engine *engine, const char *name, struct exec_options *o, struct err *e)
{
	autorelays struct relays relays = RELAYS_INIT;
	int theirs[3] = { -EBADF, -EBADF, -EBADF };
	autofd int master = -EBADF;
	struct exec *exec = NULL;
	int exec_failure = 0, r;

	terminal_size(STDOUT_FILENO, &o->config.rows, &o->config.columns);
	r = exec_stdio(o, &relays, theirs, e);
	if (r == 0)
		r = engine_exec(engine, name, &o->config, &exec, &master, &exec_failure, e);
	close_theirs(theirs);
	if (r < 0 && exec_failure == 0)
		return -1;
	if (r < 0) {
		cli_report("%s", e->text);
		return exec_failure;
	}
	r = o->config.detach ? 0 : exec_relay(o, exec, &relays, master, e);
	engine_exec_free(exec);
	return r;
}

static int exec_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct exec_options *o = options;
	struct engine *engine;

	if (o->config.tty && o->config.open_stdin && !o->config.detach && !isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "the input device is not a TTY");
	for (size_t i = 1; i < n; i++)
		if (strv_add(&o->config.args, operands[i]) < 0)
			return err_nomem(e);
	if (env_apply_all(&o->config.env, &o->env, e) < 0 || cli_engine(cli, &engine, e) < 0)
		return -1;
	return exec_start(engine, operands[0], o, e);
}

static void exec_done(void *options)
{
	struct exec_options *o = options;

	strv_done(&o->env);
	strv_done(&o->config.args);
	strv_done(&o->config.env);
	free(o->config.user);
	free(o->config.working_dir);
}

const struct command container_exec = {
	.operands = "[OPTIONS] CONTAINER COMMAND [ARG...]",
	.summary = "Execute a command in a running container",
	.options = &options_table,
	.size = sizeof(struct exec_options),
	.min = 2, .max = COMMAND_ANY,
	.run = exec_run,
	.done = exec_done,
};
