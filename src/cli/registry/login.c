/* SPDX-License-Identifier: Apache-2.0 */

/* The password comes from the terminal without echo, from stdin, or, with a warning, from the command line. */

#include <string.h>

#include "base/io.h"
#include "cli/command.h"
#include "cli/image/remote.h"
#include "cli/output/out.h"
#include "cli/registry/host.h"
#include "cli/terminal.h"
#include "engine/engine.h"
#include "image/credential.h"

enum { LINE_LEN_MAX = 65536 };

struct login_options {
	char *user, *password;
	bool password_stdin;
	struct remote_options remote;
};

static const struct opt rows[] = {
	OPT(struct login_options, password, "password", 'p', text, "Password"),
	OPT(struct login_options, password_stdin, "password-stdin", 0, flag, "Take the password from stdin"),
	OPT(struct login_options, user, "username", 'u', text, "Username"),
	REMOTE_OPTIONS(struct login_options, remote),
};
OPT_TABLE(options_table, rows);

static int say(const char *text)
{
	return io_write_full(STDERR_FILENO, text, strlen(text));
}

/* A line of the terminal without its end. */
static int ask(const char *prompt, bool hidden, char **ret, struct err *e)
{
	autoterminal struct terminal terminal = TERMINAL_INIT;
	autostr struct str line = STR_INIT;
	char c;
	ssize_t n;

	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "cannot ask for a login without a terminal: use --username and --password-stdin");
	(void)say(prompt);
	if (hidden)
		terminal_hide(&terminal, STDIN_FILENO);
	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n' && line.len < LINE_LEN_MAX)
		str_add_char(&line, c);
	if (hidden)
		(void)say("\n");
	if (n <= 0 && line.len == 0)
		return err_set(e, ERR_CANCELLED, "cancelled");
	str_add(&line, "");
	*ret = line.len ? str_take(&line) : strdup("");
	return *ret ? 0 : err_nomem(e);
}

static int read_password(char **ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	int r = io_read_all(STDIN_FILENO, LINE_LEN_MAX, &text);

	if (r < 0)
		return err_sys(e, -r, "read the password from stdin");
	while (text.len && strchr("\r\n", text.data[text.len - 1]))
		text.data[--text.len] = '\0';
	if (text.len == 0 || strlen(text.data) != text.len)
		return err_set(e, ERR_INVALID, "password is empty");
	*ret = str_take(&text);
	return *ret ? 0 : err_nomem(e);
}

static int complete(struct login_options *o, struct err *e)
{
	if (o->password_stdin && o->password)
		return err_set(e, ERR_INVALID, "--password and --password-stdin are mutually exclusive");
	if (o->password_stdin && !o->user)
		return err_set(e, ERR_INVALID, "must provide --username with --password-stdin");
	if (o->password)
		(void)say("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
	if (o->password_stdin)
		return read_password(&o->password, e);
	if (!o->user && ask("Username: ", false, &o->user, e) < 0)
		return -1;
	return o->password ? 0 : ask("Password: ", true, &o->password, e);
}

static int login_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct login_options *o = options;
	const struct image_remote remote = remote_of(&o->remote);
	autofree char *host = NULL, *path = NULL, *warning = NULL;
	struct engine *engine;

	if (registry_host(n ? operands[0] : NULL, &host, e) < 0 || complete(o, e) < 0 || cli_engine(cli, &engine, e) < 0)
		return -1;
	if (strchr(o->user, ':'))
		return err_set(e, ERR_INVALID, "a user name has no ':'");
	if (image_login(engine_store(engine), &remote, host, &(struct credential){ o->user, o->password, NULL }, &path, e) < 0)
		return -1;
	if (path) {
		warning = str_format("WARNING! Your credentials are stored unencrypted in '%s'.\n", path);
		if (warning)
			(void)say(warning);
	}
	return out_line("Login Succeeded", e);
}

static void login_done(void *options)
{
	struct login_options *o = options;

	if (o->password)
		explicit_bzero(o->password, strlen(o->password));
	free(o->password);
	free(o->user);
	remote_done(&o->remote);
}

const struct command registry_login_command = {
	.operands = "[OPTIONS] [SERVER]",
	.summary = "Authenticate to a registry",
	.options = &options_table,
	.size = sizeof(struct login_options),
	.max = 1,
	.run = login_run,
	.done = login_done,
};
