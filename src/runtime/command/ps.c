/* SPDX-License-Identifier: Apache-2.0 */

/* The table is what the host's ps says, without the lines of other processes. */

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "runtime/command/command.h"
#include "runtime/running.h"

enum { OUTPUT_MAX = 64 << 20 };

struct ps_options { char *format; };

static const struct opt rows[] = {
	OPT(struct ps_options, format, "format", 'f', text, "table or json", "FORMAT"),
};
VERB_OPTIONS(options_table, rows, .operands_end_options = true);

static int ps_json(const struct cgroup_pids *pids, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	if (pids->n == 0)
		str_add(&text, "null"); /* runc's list of nothing */
	else
		json_array_begin(&w, NULL);
	for (size_t i = 0; i < pids->n; i++)
		json_add_i64(&w, NULL, pids->items[i]);
	if (pids->n > 0)
		json_array_end(&w);
	str_add_char(&text, '\n');
	return command_print(&text, e);
}

/* The first of its name along PATH, on the heap. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	autofree char *dirs = strdup(path && path[0] ? path : "/usr/bin:/bin");
	char *save = NULL;

	for (char *dir = dirs ? strtok_r(dirs, ":", &save) : NULL; dir; dir = strtok_r(NULL, ":", &save)) {
		autofree char *program = str_format("%s/%s", dir, name);

		if (program && access(program, X_OK) == 0)
			return take_ptr(program);
	}
	return NULL;
}

/* What ps prints, its errors too. */
static int run_ps(const struct call *call, struct str *to, struct err *e)
{
	autofree char *program = find_program("ps");
	autostrv struct strv argv = STRV_INIT;
	autoproc struct proc ps = PROC_INIT;
	autofd int out = -EBADF, in = -EBADF;
	int pair[2], keep[] = { STDIN_FILENO, STDIN_FILENO, -1, STDOUT_FILENO, -1, STDERR_FILENO }, r;
	struct proc_spawn how = { .path = program, .keep = keep, .n_keep = 3 };

	if (!program)
		return err_set(e, ERR_NOT_FOUND, "ps: there is no such program on PATH");
	r = strv_add(&argv, "ps");
	for (size_t i = 1; i < call->n && r == 0; i++)
		r = strv_add(&argv, call->operands[i]);
	if (r == 0 && call->n == 1)
		r = strv_add(&argv, "-ef");
	if (r < 0)
		return err_nomem(e);
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	out = pair[0];
	in = keep[2] = keep[4] = pair[1];
	how.argv = argv.items;
	if (proc_spawn(&how, &ps, e) < 0)
		return -1;
	own_close(&in);
	in = -EBADF;
	r = io_read_all(out, OUTPUT_MAX, to);
	if (r < 0)
		return err_sys(e, -r, "read what ps prints");
	r = proc_wait(&ps, 0);
	return r == 0 ? 0 : err_set(e, ERR_INVALID, "ps: exit status %d: %.300s", r, str_text(to));
}

static int find_column(const char *title)
{
	autofree char *words = strdup(title);
	char *save = NULL;
	int column = 0;

	for (char *word = words ? strtok_r(words, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save), column++)
		if (str_eq(word, "PID"))
			return column;
	return -1;
}

static bool is_listed(const struct cgroup_pids *pids, const char *line, int column)
{
	long pid;

	line += strspn(line, " ");
	while (column-- > 0) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	pid = strtol(line, NULL, 10);
	for (size_t i = 0; i < pids->n; i++)
		if (pids->items[i] == pid)
			return true;
	return false;
}

static int ps_table(const struct call *call, const struct cgroup_pids *pids, struct err *e)
{
	autostr struct str output = STR_INIT, text = STR_INIT;
	char *save = NULL, *line;
	int column;

	if (run_ps(call, &output, e) < 0)
		return -1;
	line = output.len ? strtok_r(output.data, "\n", &save) : NULL;
	column = line ? find_column(line) : -1;
	if (column < 0)
		return err_set(e, ERR_INVALID, "couldn't find PID field in ps output");
	str_addf(&text, "%s\n", line);
	while ((line = strtok_r(NULL, "\n", &save)))
		if (is_listed(pids, line, column))
			str_addf(&text, "%s\n", line);
	return command_print(&text, e);
}

static int ps_run(const struct call *call, struct err *e)
{
	const struct ps_options *o = call->options;
	const char *format = o->format ? o->format : "table";
	struct cgroup_pids pids = { .items = NULL };
	int r;

	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_set(e, ERR_INVALID, "--format '%.50s' is not table or json", format);
	if (runtime_pids(call->root, call->operands[0], &pids, e) < 0)
		return -1;
	r = str_eq(format, "json") ? ps_json(&pids, e) : ps_table(call, &pids, e);
	free(pids.items);
	return r;
}

static void ps_done(void *options)
{
	free(((struct ps_options *)options)->format);
}

const struct verb verb_ps = {
	.name = "ps",
	.operands = "ID [PS-OPTION...]",
	.summary = "list the processes of a container",
	.options = &options_table,
	.size = sizeof(struct ps_options),
	.min = 1, .max = COMMAND_ANY,
	.run = ps_run,
	.done = ps_done,
};
