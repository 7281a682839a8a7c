/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/signals.h"
#include "engine/engine.h"

static int copy_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	autosignals struct signals cancel = SIGNALS_INIT;
	struct image_progress_sink sink = { .event = NULL };
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || signals_open_cancel(&cancel, e) < 0)
		return -1;
	sink.cancel_fd = cancel.fd;
	return image_copy(engine_store(engine), operands[0], operands[1], &sink, e);
}

const struct command image_copy_command = {
	.operands = "TRANSPORT:SOURCE[:NAME] TRANSPORT:TARGET[:NAME]",
	.summary = "Copy an image between dir, docker-archive, oci and oci-archive as it is",
	.min = 2, .max = 2,
	.run = copy_run,
};
