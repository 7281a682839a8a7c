/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command.h"

/*
 * One row a verb. Global options come before the verb; errors are one line on stderr, and one more in the log file in
 * the format that engines read.
 */

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/opt.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/signame.h"
#include "base/step.h"
#include "base/str.h"
#include "base/text.h"
#include "base/weaken.h"
#include "linux/sealed_exec.h"
#include "runtime/foreground.h"
#include "runtime/runtime.h"
#include "runtime/user.h"

enum { CONFIG_MAX = 16 << 20, EXIT_FAILURE_OF_RUNTIME = 1 };

struct globals {
	char *root, *log, *log_format;
	bool debug, systemd_cgroup, version;
	char *rootless, *criu;
};

struct options {
	char *bundle, *console_socket, *pid_file;
	bool no_pivot, no_new_keyring, detach, keep, all, force, terminal, no_new_privs;
	struct opt_u32 preserve_fds;
	char *process, *user, *cwd;
	struct strv env, caps, gids;
};

#define GLOBAL(...) OPT(struct globals, __VA_ARGS__)
#define OPTION(...) OPT(struct options, __VA_ARGS__)

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

static const struct opt create_rows[] = {
	OPTION(bundle, "bundle", 'b', text, "directory of config.json (default: the working directory)", "DIR"),
	OPTION(console_socket, "console-socket", 0, text, "unix socket that receives the terminal", "PATH"),
	OPTION(pid_file, "pid-file", 0, text, "file for the pid of the first process", "FILE"),
	OPTION(no_pivot, "no-pivot", 0, flag, "chroot instead of pivot_root: for a root on ramfs"),
	OPTION(no_new_keyring, "no-new-keyring", 0, flag, "keep the caller's session keyring"),
	OPTION(preserve_fds, "preserve-fds", 0, uint, "pass this many descriptors from 3 on", "N"),
};
OPT_TABLE(create_options, create_rows);

static const struct opt run_rows[] = {
	OPTION(bundle, "bundle", 'b', text, "directory of config.json (default: the working directory)", "DIR"),
	OPTION(console_socket, "console-socket", 0, text, "unix socket that receives the terminal", "PATH"),
	OPTION(pid_file, "pid-file", 0, text, "file for the pid of the first process", "FILE"),
	OPTION(no_pivot, "no-pivot", 0, flag, "chroot instead of pivot_root: for a root on ramfs"),
	OPTION(no_new_keyring, "no-new-keyring", 0, flag, "keep the caller's session keyring"),
	OPTION(preserve_fds, "preserve-fds", 0, uint, "pass this many descriptors from 3 on", "N"),
	OPTION(detach, "detach", 'd', flag, "return when the program runs"),
	OPTION(keep, "keep", 0, flag, "do not delete the container when it has ended"),
};
OPT_TABLE(run_options, run_rows);

static const struct opt exec_rows[] = {
	OPTION(console_socket, "console-socket", 0, text, "unix socket that receives the terminal", "PATH"),
	OPTION(pid_file, "pid-file", 0, text, "file for the pid of the process", "FILE"),
	OPTION(process, "process", 'p', text, "process.json instead of arguments", "FILE"),
	OPTION(detach, "detach", 'd', flag, "return when the program runs"),
	OPTION(terminal, "tty", 't', flag, "give it a terminal"),
	OPTION(env, "env", 'e', list, "set a variable", "NAME=VALUE"),
	OPTION(user, "user", 'u', text, "UID[:GID]", "USER"),
	OPTION(gids, "additional-gids", 'g', list, "further groups", "GID"),
	OPTION(caps, "cap", 'c', list, "add a capability", "CAP"),
	OPTION(cwd, "cwd", 0, text, "working directory", "DIR"),
	OPTION(no_new_privs, "no-new-privs", 0, flag, "no new privileges by exec"),
	OPTION(preserve_fds, "preserve-fds", 0, uint, "pass this many descriptors from 3 on", "N"),
};
OPT_TABLE(exec_options, exec_rows, .operands_end_options = true);

static const struct opt kill_rows[] = {
	OPTION(all, "all", 'a', flag, "signal every process of the container"),
};
OPT_TABLE(kill_options, kill_rows);

static const struct opt delete_rows[] = {
	OPTION(force, "force", 'f', flag, "kill it first, and accept whatever is left of it"),
};
OPT_TABLE(delete_options, delete_rows);

static const struct opt_table no_options = { .rows = NULL };

struct call {
	struct runtime_root *root;
	const struct options *options;
	char **operands;
	size_t n;
	int status; /* of the container's program */
};

/* ---- create, run ---- */

static int connect_console(const char *path, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int fd = -EBADF;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, ERR_INVALID, "console socket '%s': the path is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(e, errno, "connect to console socket '%s'", path);
	return take_fd(fd);
}

static char *absolute(const char *path, struct err *e)
{
	char *real = realpath(path ? path : ".", NULL);

	if (!real)
		(void)err_sys(e, errno, "bundle '%s'", path ? path : ".");
	return real;
}

static int read_config(const char *bundle, struct oci_spec *ret, struct err *e)
{
	autofd int dir = path_open(AT_FDCWD, bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autostr struct str text = STR_INIT;

	if (dir < 0)
		return err_sys(e, -dir, "open bundle '%s'", bundle);
	if (file_read(dir, "config.json", CONFIG_MAX, &text, e) < 0)
		return err_prefix(e, "bundle '%s'", bundle);
	if (oci_spec_parse(str_text(&text), text.len, ret, e) < 0)
		return err_prefix(e, "config.json");
	return 0;
}

static int create_with(struct call *call, const struct oci_spec *spec, const char *bundle, int console,
		       struct proc *ret, struct err *e)
{
	const struct options *o = call->options;
	const struct runtime_create how = {
		.id = call->operands[0],
		.spec = spec,
		.bundle = bundle,
		.stdio = { 0, 1, 2 },
		.console_socket = console,
		.pid_file = o->pid_file,
		.preserve_fds = o->preserve_fds.value,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
	};

	return runtime_create(call->root, &how, ret, e);
}

static int do_create(struct call *call, struct err *e)
{
	autofree char *bundle = absolute(call->options->bundle, e);
	autofd int console = -EBADF;
	autoproc struct proc init = PROC_INIT;
	struct oci_spec spec;
	int r = -1;

	if (!bundle || read_config(bundle, &spec, e) < 0)
		return -1;
	if (call->options->console_socket)
		console = connect_console(call->options->console_socket, e);
	if (console >= 0 || !call->options->console_socket)
		r = create_with(call, &spec, bundle, console, &init, e);
	oci_spec_done(&spec);
	return r;
}

/* Where the terminal goes: the given socket, or our own foreground. */
static int open_console(struct call *call, const struct oci_spec *spec, struct foreground *f, struct err *e)
{
	if (call->options->console_socket)
		return connect_console(call->options->console_socket, e);
	if (!spec->process || !spec->process->terminal)
		return -EBADF;
	if (call->options->detach)
		return err_set(e, ERR_INVALID, "a detached container with a terminal needs --console-socket");
	return foreground_console(f, e);
}

static int run_created(struct call *call, struct foreground *f, struct proc *init, struct err *e)
{
	const char *id = call->operands[0];

	if (foreground_begin(f, e) < 0 || runtime_start(call->root, id, e) < 0) {
		(void)runtime_delete(call->root, id, true, NULL);
		(void)proc_wait(init, 0);
		return -1;
	}
	if (call->options->detach)
		return 0;
	call->status = foreground_wait(f, init, e);
	if (call->status < 0)
		return -1;
	return call->options->keep ? 0 : runtime_delete(call->root, id, true, e);
}

static int do_run(struct call *call, struct err *e)
{
	autofree char *bundle = absolute(call->options->bundle, e);
	cleanup(foreground_done) struct foreground f = FOREGROUND_INIT;
	autoproc struct proc init = PROC_INIT;
	autofd int console = -EBADF;
	struct oci_spec spec;
	int r = -1;

	if (!bundle || read_config(bundle, &spec, e) < 0)
		return -1;
	console = open_console(call, &spec, &f, e);
	if (console >= 0 || console == -EBADF)
		r = create_with(call, &spec, bundle, console, &init, e);
	if (r == 0)
		r = run_created(call, &f, &init, e);
	oci_spec_done(&spec);
	return r;
}

/* ---- exec ---- */

static int exec_user(const char *text, struct oci_user *to, struct err *e)
{
	autofree char *copy = strdup(text);
	char *colon = copy ? strchr(copy, ':') : NULL;

	if (!copy)
		return err_nomem(e);
	if (colon)
		*colon++ = '\0';
	if (!user_parse_id(copy, &to->uid) || (colon && !user_parse_id(colon, &to->gid)))
		return err_set(e, ERR_INVALID, "--user '%s' is not UID[:GID]", text);
	return 0;
}

static int exec_capabilities(const struct strv *caps, struct oci_process *p, struct err *e)
{
	const struct { struct strv *set; } sets[] = { { &p->capabilities->bounding }, { &p->capabilities->effective },
						      { &p->capabilities->permitted } };

	for (size_t i = 0; i < caps->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(sets); k++)
			if (!strv_contains(sets[k].set, caps->items[i]) && strv_add(sets[k].set, caps->items[i]) < 0)
				return err_nomem(e);
	return 0;
}

static int exec_gids(const struct strv *gids, struct oci_user *to, struct err *e)
{
	for (size_t i = 0; i < gids->n; i++) {
		uint32_t *gid = vec_add(&to->additional_gids);

		if (!gid)
			return err_nomem(e);
		if (!user_parse_id(gids->items[i], gid))
			return err_set(e, ERR_INVALID, "--additional-gids '%s' is not a gid", gids->items[i]);
	}
	return 0;
}

/* The container's own process, changed by the flags. */
static int exec_from_flags(const struct call *call, struct oci_process *p, struct err *e)
{
	const struct options *o = call->options;

	strv_done(&p->args);
	for (size_t i = 1; i < call->n; i++)
		if (strv_add(&p->args, call->operands[i]) < 0)
			return err_nomem(e);
	p->terminal = o->terminal;
	p->no_new_privileges |= o->no_new_privs;
	if (strv_copy(&p->env, &o->env) < 0)
		return err_nomem(e);
	if (o->cwd) {
		free(p->cwd);
		p->cwd = strdup(o->cwd);
		if (!p->cwd)
			return err_nomem(e);
	}
	if (o->user && exec_user(o->user, &p->user, e) < 0)
		return -1;
	if (o->caps.n > 0 && p->capabilities && exec_capabilities(&o->caps, p, e) < 0)
		return -1;
	return exec_gids(&o->gids, &p->user, e);
}

static int read_process(const char *path, struct oci_process *ret, struct err *e)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);
	autostr struct str text = STR_INIT;
	int r = fd < 0 ? fd : io_read_all(fd, CONFIG_MAX, &text);

	if (r < 0)
		return err_sys(e, -r, "read process file '%s'", path);
	return decode_text(&oci_process_table, str_text(&text), text.len, ret, e) < 0 ?
		       err_prefix(e, "process file '%s'", path) : 0;
}

static int write_pid(const char *path, pid_t pid, struct err *e)
{
	const char *name;
	autofd int dir = -EBADF;
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid);

	if (!path)
		return 0;
	dir = path_open_parent(AT_FDCWD, path, PATH_HOST, &name);
	if (dir < 0)
		return err_sys(e, -dir, "open the directory of pid file '%s'", path);
	return file_replace(dir, name, text, (size_t)len, 0644, FILE_ATOMIC, e);
}

static int exec_process(struct call *call, const struct oci_process *process, struct err *e)
{
	const struct options *o = call->options;
	cleanup(foreground_done) struct foreground f = FOREGROUND_INIT;
	autoproc struct proc child = PROC_INIT;
	autofd int console = -EBADF;
	struct runtime_exec how = { .id = call->operands[0], .process = process, .stdio = { 0, 1, 2 },
				    .preserve_fds = o->preserve_fds.value };

	if (process->terminal && !o->console_socket && o->detach)
		return err_set(e, ERR_INVALID, "a detached process with a terminal needs --console-socket");
	if (process->terminal)
		console = o->console_socket ? connect_console(o->console_socket, e) : foreground_console(&f, e);
	if (process->terminal && console < 0)
		return -1;
	how.console_socket = console;
	if (runtime_exec(call->root, &how, &child, e) < 0 || write_pid(o->pid_file, child.pid, e) < 0 ||
	    foreground_begin(&f, e) < 0)
		return -1;
	if (!o->detach)
		call->status = foreground_wait(&f, &child, e);
	return call->status < 0 ? -1 : 0;
}

static int do_exec(struct call *call, struct err *e)
{
	struct oci_process process;
	int r;

	if (call->options->process)
		r = read_process(call->options->process, &process, e);
	else if (call->n < 2)
		return err_set(e, ERR_INVALID, "exec: a program is wanted after the container's id");
	else
		r = runtime_process(call->root, call->operands[0], &process, e);
	if (r < 0)
		return -1;
	if (!call->options->process)
		r = exec_from_flags(call, &process, e);
	if (r == 0)
		r = exec_process(call, &process, e);
	decode_done(&oci_process_table, &process);
	return r;
}

/* ---- the rest ---- */

static int do_start(struct call *call, struct err *e)
{
	return runtime_start(call->root, call->operands[0], e);
}

static int do_state(struct call *call, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (runtime_state(call->root, call->operands[0], &text, e) < 0)
		return -1;
	return io_write_full(STDOUT_FILENO, text.data, text.len) < 0 ? err_sys(e, errno, "write the state") : 0;
}

static int do_kill(struct call *call, struct err *e)
{
	int number = SIGTERM;

	if (call->n > 1 && signame_parse(call->operands[1], &number, e) < 0)
		return -1;
	return runtime_kill(call->root, call->operands[0], number, call->options->all, e);
}

static int do_delete(struct call *call, struct err *e)
{
	return runtime_delete(call->root, call->operands[0], call->options->force, e);
}

static const struct verb {
	const char *name, *operands, *help;
	const struct opt_table *options;
	size_t least, most; /* operands; most 0: any number */
	int (*run)(struct call *call, struct err *e);
} verbs[] = {
	{ "create", "ID", "make a container that waits to be started", &create_options, 1, 1, do_create },
	{ "start", "ID", "start a created container", &no_options, 1, 1, do_start },
	{ "run", "ID", "create and start a container", &run_options, 1, 1, do_run },
	{ "exec", "ID PROGRAM [ARG...]", "run a further process in a container", &exec_options, 1, 0, do_exec },
	{ "state", "ID", "print the state of a container", &no_options, 1, 1, do_state },
	{ "kill", "ID [SIGNAL]", "signal a container (default TERM)", &kill_options, 1, 2, do_kill },
	{ "delete", "ID", "remove a stopped container", &delete_options, 1, 1, do_delete },
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
			 verb->help);
		opt_help(verb->options, &text);
	} else {
		str_add(&text, "Usage: lighter-runtime [OPTIONS] COMMAND [OPTIONS] ID\n\nCommands:\n");
		for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
			str_addf(&text, "  %-8s %s\n", verbs[i].name, verbs[i].help);
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

static int run_verb(const struct verb *verb, const char *root, char **argv, size_t argc, struct err *e)
{
	struct options options = { .bundle = NULL };
	struct call call = { .options = &options, .operands = argv };
	int r = opt_parse(verb->options, argv, argc, &options, &call.n, e);

	if (r == OPT_HELP) {
		print_help(verb);
		return 0;
	}
	if (r < 0)
		return err_prefix(e, "%s", verb->name);
	if (call.n < verb->least || (verb->most && call.n > verb->most))
		return err_set(e, ERR_INVALID, "%s: wanted: %s", verb->name, verb->operands);
	if (runtime_root_open(root, &call.root, e) < 0)
		return -1;
	r = verb->run(&call, e);
	runtime_root_free(call.root);
	return r < 0 ? -1 : call.status;
}

static const struct verb *find_verb(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_eq(verbs[i].name, name))
			return &verbs[i];
	(void)err_set(e, ERR_INVALID, "unknown command '%s'; lighter-runtime --help lists them", name);
	return NULL;
}

/* What containerd and Docker look for when a call has failed: the last error line of the log. */
static void append_log(const struct globals *g, const struct err *e)
{
	autofd int fd = g->log ? path_open(AT_FDCWD, g->log, PATH_HOST, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0644) :
				 -EBADF;
	autostr struct str line = STR_INIT;
	struct json_writer w = { .out = &line };
	char now[CLOCK_TEXT];

	if (fd < 0)
		return;
	if (g->log_format && str_eq(g->log_format, "json")) {
		json_object_begin(&w, NULL);
		json_add_string(&w, "level", "error");
		json_add_string(&w, "msg", e->text);
		json_add_string(&w, "time", clock_format(clock_wall(), now));
		json_object_end(&w);
	} else {
		str_addf(&line, "time=\"%s\" level=error msg=", clock_format(clock_wall(), now));
		json_quote(&line, e->text, strlen(e->text));
	}
	str_add_char(&line, '\n');
	(void)io_write_full(fd, line.data, line.len);
}

static int dispatch(struct globals *g, char **argv, size_t argc, struct err *e)
{
	const struct verb *verb;
	size_t n;
	int r = opt_parse(&global_options, argv, argc, g, &n, e);

	if (r < 0)
		return -1;
	if (r == OPT_HELP || (n == 0 && !g->version)) {
		print_help(NULL);
		return r == OPT_HELP ? 0 : EXIT_FAILURE_OF_RUNTIME;
	}
	if (g->version) {
		(void)printf("lighter-runtime version %s\nspec: 1.2.0\n", LIGHTER_VERSION);
		return 0;
	}
	if (weakened("fail-steps") && str_eq(argv[0], "steps"))
		return print_steps();
	verb = find_verb(argv[0], e);
	return verb ? run_verb(verb, g->root ? g->root : "/run/lighter-runtime", argv + 1, n - 1, e) : -1;
}

static void globals_done(struct globals *g)
{
	free(g->root);
	free(g->log);
	free(g->log_format);
	free(g->rootless);
	free(g->criu);
}

int command_main(int argc, char **argv)
{
	cleanup(globals_done) struct globals globals = { .root = NULL };
	autostr struct str said = STR_INIT;
	struct err e = ERR_INIT;
	int r = sealed_reexec(argv, &e);

	if (r == 0)
		r = dispatch(&globals, argv + 1, (size_t)argc - 1, &e);
	if (r >= 0)
		return r;
	text_escape(&said, e.text, strlen(e.text));
	(void)fprintf(stderr, "lighter-runtime: %s\n", str_text(&said));
	append_log(&globals, &e);
	return EXIT_FAILURE_OF_RUNTIME;
}
