/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"

static int start_run(const struct call *call, struct err *e)
{
	return runtime_start(call->root, call->operands[0], e);
}

const struct verb verb_start = {
	.name = "start",
	.operands = "ID",
	.summary = "start a created container",
	.min = 1, .max = 1,
	.run = start_run,
};
