/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>

#include "base/path.h"
#include "cli/command.h"
#include "cli/output/out.h"
#include "cli/signals.h"
#include "engine/engine.h"

struct import_options {
	struct strv changes;
	char *message, *platform;
};

static const struct opt rows[] = {
	OPT(struct import_options, changes, "change", 'c', list, "Apply Dockerfile instruction to the created image"),
	OPT(struct import_options, message, "message", 'm', text, "Set commit message for imported image"),
	OPT(struct import_options, platform, "platform", 0, text, "Set platform: os[/arch[/variant]]"),
};
OPT_TABLE(options_table, rows);

static int import_open(const char *source, struct err *e)
{
	int fd;

	if (str_starts(source, "http://") || str_starts(source, "https://"))
		return err_set(e, ERR_UNSUPPORTED, "import from a URL is not there yet: fetch '%s' and import the file", source);
	if (str_eq(source, "-"))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = path_open(AT_FDCWD, source, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);
	return fd < 0 ? err_sys(e, str_eq(source, "-") ? errno : -fd, "open '%s'", source) : fd;
}

static int import_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct import_options *o = options;
	autosignals struct signals cancel = SIGNALS_INIT;
	autofree char *message = o->message ? strdup(o->message) : str_format("Imported from %s", operands[0]), *id = NULL;
	const struct image_import how = {
		.reference = n > 1 ? operands[1] : NULL,
		.message = message,
		.platform = o->platform,
		.changes = &o->changes,
	};
	struct image_progress_sink sink = { .event = NULL };
	struct engine *engine;
	autofd int fd = -EBADF;

	if (!message)
		return err_nomem(e);
	fd = import_open(operands[0], e);
	if (fd < 0 || cli_engine(cli, &engine, e) < 0 || signals_open_cancel(&cancel, e) < 0)
		return -1;
	sink.cancel_fd = cancel.fd;
	if (image_import(engine_store(engine), &how, fd, &sink, &id, e) < 0)
		return -1;
	return out_line(id, e);
}

static void import_done(void *options)
{
	struct import_options *o = options;

	strv_done(&o->changes);
	free(o->message);
	free(o->platform);
}

const struct command image_import_command = {
	.operands = "[OPTIONS] file|- [REPOSITORY[:TAG]]",
	.summary = "Import the contents from a tarball to create a filesystem image",
	.options = &options_table,
	.size = sizeof(struct import_options),
	.min = 1, .max = 2,
	.run = import_run,
	.done = import_done,
};
