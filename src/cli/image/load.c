/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <string.h>

#include "base/path.h"
#include "cli/command.h"
#include "cli/image/name.h"
#include "cli/output/out.h"
#include "cli/output/progress.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "engine/engine.h"

struct load_options {
	char *input;
	bool quiet;
};

static const struct opt rows[] = {
	OPT(struct load_options, input, "input", 'i', text, "Read from tar archive file, instead of STDIN"),
	OPT(struct load_options, quiet, "quiet", 'q', flag, "Suppress the load output"),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

static int load_open(const struct load_options *o, struct err *e)
{
	int fd;

	if (!o->input && isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "requested load from stdin, but stdin is a terminal");
	fd = o->input ? path_open(AT_FDCWD, o->input, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0)
		      : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return err_sys(e, o->input ? -fd : errno, "open '%s'", o->input ? o->input : "standard input");
	return fd;
}

static int load_tell(const struct strv *names, struct err *e)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < names->n; i++) {
		bool is_id = str_starts(names->items[i], "sha256:");
		autofree char *name = is_id ? strdup(names->items[i]) : name_familiar(names->items[i]);

		if (!name)
			return err_nomem(e);
		str_addf(&text, "%s: %s\n", is_id ? "Loaded image ID" : "Loaded image", name);
	}
	return out_str(&text, e);
}

static int load_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct load_options *o = options;
	autoprogress struct progress progress = { .fd = -EBADF };
	autosignals struct signals cancel = SIGNALS_INIT;
	struct image_progress_sink sink = { .event = progress_event, .arg = &progress };
	autostrv struct strv names = STRV_INIT;
	autofd int fd = load_open(o, e);
	struct engine *engine;

	if (fd < 0 || cli_engine(cli, &engine, e) < 0)
		return -1;
	/* Like Docker: a load shows its progress to people only. */
	progress_init(&progress, STDERR_FILENO, o->quiet || !terminal_is_live(STDERR_FILENO));
	if (signals_open_cancel(&cancel, e) < 0)
		return -1;
	sink.cancel_fd = cancel.fd;
	if (image_load(engine_store(engine), fd, &sink, &names, e) < 0)
		return -1;
	return load_tell(&names, e);
}

static void load_done(void *options)
{
	free(((struct load_options *)options)->input);
}

const struct command image_load_command = {
	.operands = "[OPTIONS]",
	.summary = "Load an image from a tar archive or STDIN",
	.options = &options_table,
	.size = sizeof(struct load_options),
	.run = load_run,
	.done = load_done,
};
