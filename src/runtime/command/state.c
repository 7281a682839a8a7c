/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "base/io.h"
#include "runtime/command/command.h"

static int state_run(const struct call *call, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (runtime_state(call->root, call->operands[0], &text, e) < 0)
		return -1;
	return io_write_full(STDOUT_FILENO, text.data, text.len) < 0 ? err_sys(e, errno, "write the state") : 0;
}

const struct verb verb_state = {
	.name = "state",
	.operands = "ID",
	.summary = "print the state of a container",
	.min = 1, .max = 1,
	.run = state_run,
};
