/* SPDX-License-Identifier: Apache-2.0 */

/* ctrl-c is a descriptor that the work watches, so that it is undone by who does it. */

#include "cli/image/pull.h"

#include <string.h>

#include "cli/command.h"
#include "cli/image/remote.h"
#include "cli/output/out.h"
#include "cli/output/progress.h"
#include "cli/signals.h"

struct pull_options {
	bool quiet, all_tags;
	char *platform;
	struct remote_options remote;
};

static const struct opt rows[] = {
	OPT(struct pull_options, quiet, "quiet", 'q', flag, "Suppress verbose output"),
	OPT(struct pull_options, all_tags, "all-tags", 'a', flag, "Download all tagged images in the repository"),
	OPT_LATER("disable-content-trust", 0, flag),
	OPT(struct pull_options, platform, "platform", 0, text, "Set platform if server is multi-platform capable"),
	REMOTE_OPTIONS(struct pull_options, remote),
};
OPT_TABLE(options_table, rows);

int pull_image(struct engine *engine, const struct pull_how *how, char **ret_id, struct err *e)
{
	struct image_pull pull = { .reference = how->reference, .platform = how->platform, .remote = how->remote };
	autoprogress struct progress progress = { .fd = -EBADF };
	autosignals struct signals cancel = SIGNALS_INIT;
	struct image_progress_sink sink = { .event = progress_event, .arg = &progress };
	autofree char *id = NULL;

	progress_init(&progress, how->progress, how->quiet);
	if (signals_open_cancel(&cancel, e) < 0)
		return -1;
	sink.cancel_fd = cancel.fd;
	if (image_pull(engine_store(engine), &pull, &sink, &id, e) < 0)
		return -1;
	if (ret_id)
		*ret_id = take_ptr(id);
	return 0;
}

/* Every tag that the registry has, one after another. */
static int pull_all(struct engine *engine, const char *repository, const struct pull_how *how, struct err *e)
{
	autostrv struct strv names = STRV_INIT;
	struct pull_how one = *how;

	if (strchr(strrchr(repository, '/') ? strrchr(repository, '/') : repository, ':') || strchr(repository, '@'))
		return err_set(e, ERR_INVALID, "tag can't be used with --all-tags/-a");
	if (image_remote_tags(engine_store(engine), &how->remote, repository, &names, e) < 0)
		return -1;
	if (names.n == 0)
		return err_set(e, ERR_NOT_FOUND, "'%s' has no tags", repository);
	for (size_t i = 0; i < names.n; i++) {
		one.reference = names.items[i];
		if (pull_image(engine, &one, NULL, e) < 0)
			return -1;
	}
	return 0;
}

static int pull_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct pull_options *o = options;
	struct pull_how how = {
		.reference = operands[0],
		.progress = STDOUT_FILENO,
		.quiet = o->quiet,
		.platform = o->platform,
		.remote = remote_of(&o->remote),
	};
	autofree char *name = NULL;
	struct engine *engine;

	if (image_name(operands[0], &name, e) < 0 || cli_engine(cli, &engine, e) < 0)
		return -1;
	if (o->all_tags) {
		if (pull_all(engine, operands[0], &how, e) < 0)
			return -1;
		*strrchr(name, ':') = '\0'; /* the normal form has a tag */
	} else if (pull_image(engine, &how, NULL, e) < 0) {
		return -1;
	}
	return out_line(name, e);
}

static void pull_done(void *options)
{
	struct pull_options *o = options;

	free(o->platform);
	remote_done(&o->remote);
}

const struct command image_pull_command = {
	.operands = "[OPTIONS] NAME[:TAG|@DIGEST]",
	.summary = "Download an image from a registry",
	.options = &options_table,
	.size = sizeof(struct pull_options),
	.min = 1, .max = 1,
	.run = pull_run,
	.done = pull_done,
};
