/* SPDX-License-Identifier: Apache-2.0 */

#include "base/str.h"
#include "cli/command.h"
#include "cli/image/name.h"
#include "cli/image/remote.h"
#include "cli/output/out.h"
#include "cli/output/progress.h"
#include "cli/signals.h"
#include "engine/engine.h"

struct push_options {
	bool all_tags, quiet;
	struct remote_options remote;
};

static const struct opt rows[] = {
	OPT(struct push_options, all_tags, "all-tags", 'a', flag, "Push all tags of an image to the repository"),
	OPT(struct push_options, quiet, "quiet", 'q', flag, "Suppress verbose output"),
	REMOTE_OPTIONS(struct push_options, remote),
	OPT_LATER("disable-content-trust", 0, flag),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

static int on_pushed(const char *tag, const char *digest, uint64_t size, void *arg, struct err *e)
{
	const struct push_options *o = arg;
	autofree char *line = str_format("%s: digest: %s size: %llu", tag, digest, (unsigned long long)size);

	if (o->quiet)
		return 0;
	return line ? out_line(line, e) : err_nomem(e);
}

static int push_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct push_options *o = options;
	autoprogress struct progress progress = { .fd = -EBADF };
	autosignals struct signals cancel = SIGNALS_INIT;
	struct image_progress_sink sink = { .event = progress_event, .arg = &progress };
	const struct image_push push = {
		.reference = operands[0], .all_tags = o->all_tags, .remote = remote_of(&o->remote), .pushed = on_pushed, .arg = o,
	};
	autofree char *name = NULL;
	struct engine *engine;

	if (name_normal(operands[0], &name, e) < 0 || cli_engine(cli, &engine, e) < 0)
		return -1;
	progress_init(&progress, STDOUT_FILENO, o->quiet);
	if (signals_open_cancel(&cancel, e) < 0)
		return -1;
	sink.cancel_fd = cancel.fd;
	if (image_push(engine_store(engine), &push, &sink, e) < 0)
		return -1;
	return o->quiet ? out_line(name, e) : 0;
}

static void push_done(void *options)
{
	remote_done(&((struct push_options *)options)->remote);
}

const struct command image_push_command = {
	.operands = "[OPTIONS] NAME[:TAG]",
	.summary = "Upload an image to a registry",
	.options = &options_table,
	.size = sizeof(struct push_options),
	.min = 1, .max = 1,
	.run = push_run,
	.done = push_done,
};
