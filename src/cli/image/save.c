/* SPDX-License-Identifier: Apache-2.0 */

/* A file is written beside its name and gets it when it is whole; what is no file (a pipe, a device) is written as it is. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "cli/command.h"
#include "engine/engine.h"

struct save_options { char *output; };

static const struct opt rows[] = {
	OPT(struct save_options, output, "output", 'o', text, "Write to a file, instead of STDOUT"),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

enum { TEMPORARY = 300 };

struct target {
	const char *path; /* NULL: standard output */
	int dir, fd;
	const char *name;	   /* in `dir` */
	char temporary[TEMPORARY]; /* "": there is none */
};

static void target_done(struct target *t)
{
	if (t->temporary[0])
		(void)unlinkat(t->dir, t->temporary, 0);
	own_close(&t->fd);
	own_close(&t->dir);
}

static int open_temporary(struct target *t)
{
	(void)snprintf(t->temporary, sizeof(t->temporary), ".%.200s.%d", t->name, (int)getpid());
	t->fd = path_open(t->dir, t->temporary, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, 0600);
	if (t->fd < 0)
		t->temporary[0] = '\0';
	return t->fd;
}

static int target_open(void *arg, struct err *e)
{
	struct target *t = arg;
	struct stat st;

	if (!t->path)
		return STDOUT_FILENO;
	t->dir = path_open_parent(AT_FDCWD, t->path, PATH_HOST, &t->name);
	if (t->dir < 0)
		return err_sys(e, -t->dir, "invalid output path '%s'", t->path);
	if (fstatat(t->dir, t->name, &st, 0) == 0 && !S_ISREG(st.st_mode))
		t->fd = path_open(AT_FDCWD, t->path, PATH_HOST_MAGIC, O_WRONLY | O_NOCTTY, 0);
	else
		(void)open_temporary(t);
	return t->fd < 0 ? err_sys(e, -t->fd, "invalid output path '%s'", t->path) : t->fd;
}

static int target_finish(struct target *t, struct err *e)
{
	if (!t->temporary[0])
		return 0;
	if (renameat(t->dir, t->temporary, t->dir, t->name) < 0)
		return err_sys(e, errno, "write '%s'", t->path);
	t->temporary[0] = '\0';
	return 0;
}

static int save_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct save_options *o = options;
	cleanup(target_done) struct target target = { .path = o->output, .dir = -EBADF, .fd = -EBADF };
	struct engine *engine;

	if (!o->output && isatty(STDOUT_FILENO))
		return err_set(e, ERR_INVALID, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
	if (cli_engine(cli, &engine, e) < 0 || image_save(engine_store(engine), operands, n, target_open, &target, e) < 0)
		return -1;
	return target_finish(&target, e);
}

static void save_done(void *options)
{
	free(((struct save_options *)options)->output);
}

const struct command image_save_command = {
	.operands = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
	.options = &options_table,
	.size = sizeof(struct save_options),
	.min = 1, .max = COMMAND_ANY,
	.run = save_run,
	.done = save_done,
};
