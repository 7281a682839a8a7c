/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"
#include "runtime/running.h"

static int pause_run(const struct call *call, struct err *e)
{
	return runtime_pause(call->root, call->operands[0], e);
}

const struct verb verb_pause = {
	.name = "pause",
	.operands = "ID",
	.summary = "stop every process of a container for a while",
	.min = 1, .max = 1,
	.run = pause_run,
};
