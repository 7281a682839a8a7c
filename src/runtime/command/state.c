/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"
#include "runtime/info.h"

static int state_run(const struct call *call, struct err *e)
{
	cleanup(runtime_info_done) struct runtime_info info = { .pid = 0 };
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text, .indent = 2 };

	if (runtime_info(call->root, call->operands[0], &info, e) < 0)
		return -1;
	runtime_info_write(&info, &w);
	str_add_char(&text, '\n');
	return command_print(&text, e);
}

const struct verb verb_state = {
	.name = "state",
	.operands = "ID",
	.summary = "print the state of a container",
	.min = 1, .max = 1,
	.run = state_run,
};
