/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "base/signame.h"
#include "runtime/command/command.h"

struct kill_options { bool all; };

static const struct opt rows[] = {
	OPT(struct kill_options, all, "all", 'a', flag, "signal every process of the container"),
};
VERB_OPTIONS(options_table, rows);

static int kill_run(const struct call *call, struct err *e)
{
	const struct kill_options *o = call->options;
	int number = SIGTERM;

	if (call->n > 1 && signame_parse(call->operands[1], &number, e) < 0)
		return -1;
	return runtime_kill(call->root, call->operands[0], number, o->all, e);
}

const struct verb verb_kill = {
	.name = "kill",
	.operands = "ID [SIGNAL]",
	.summary = "signal a container (default TERM)",
	.options = &options_table,
	.size = sizeof(struct kill_options),
	.min = 1, .max = 2,
	.run = kill_run,
};
