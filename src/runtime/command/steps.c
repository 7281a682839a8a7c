/* SPDX-License-Identifier: Apache-2.0 */

/* The build in which tests make every step fail in turn is asked for their names. */

#include "runtime/checkpoint.h"
#include "runtime/command/command.h"

static int steps_run(const struct call *call, struct err *e)
{
	static const struct { const char *table; const struct step *(*steps)(size_t *n); } tables[] = {
		{ "create", create_steps }, { "init", init_steps }, { "restore", restore_steps },
	};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		size_t n;
		const struct step *steps = tables[i].steps(&n);

		for (size_t k = 0; k < n; k++)
			str_addf(&text, "%s/%s\n", tables[i].table, steps[k].name);
	}
	return command_print(&text, e);
}

const struct verb verb_steps = {
	.name = "steps",
	.operands = "",
	.summary = "print the names of all steps",
	.no_root = true,
	.run = steps_run,
};
