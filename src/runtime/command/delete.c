/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/command.h"

struct delete_options { bool force; };

static const struct opt rows[] = {
	OPT(struct delete_options, force, "force", 'f', flag, "kill it first, and accept whatever is left of it"),
};
VERB_OPTIONS(options_table, rows);

static int delete_run(const struct call *call, struct err *e)
{
	const struct delete_options *o = call->options;

	return runtime_delete(call->root, call->operands[0], o->force, e);
}

const struct verb verb_delete = {
	.name = "delete",
	.operands = "ID",
	.summary = "remove a stopped container",
	.options = &options_table,
	.size = sizeof(struct delete_options),
	.min = 1, .max = 1,
	.run = delete_run,
};
