/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"
#include "runtime/running.h"

static int resume_run(const struct call *call, struct err *e)
{
	return runtime_resume(call->root, call->operands[0], e);
}

const struct verb verb_resume = {
	.name = "resume",
	.operands = "ID",
	.summary = "let a paused container go on",
	.min = 1, .max = 1,
	.run = resume_run,
};
