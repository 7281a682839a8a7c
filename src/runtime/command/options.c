/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every option of every verb for programs: "command TAB option TAB letter TAB argument TAB text", as `lighter system
 * options` has them. tools/check-flags holds tests/flags.tsv against it and tools/make-man writes the manual from it.
 */

#include "runtime/command/command.h"

static void add_options(struct str *to, const char *verb, const struct opt_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct opt *o = &table->rows[i];
		const char *word = o->word ? o->word : o->type->word;

		if (!o->later)
			str_addf(to, "lighter-runtime%s%s\t--%s\t%c\t%s\t%s\n", verb ? " " : "", verb ? verb : "", o->name,
				 o->letter ? o->letter : '-', word ? word : "-", o->help ? o->help : "-");
	}
}

static int options_run(const struct call *call, struct err *e)
{
	autostr struct str text = STR_INIT;
	const struct verb *verb;

	add_options(&text, NULL, command_options());
	for (size_t i = 0; (verb = command_verb(i)); i++)
		if (verb->options)
			add_options(&text, verb->name, verb->options);
	return command_print(&text, e);
}

const struct verb verb_options = {
	.name = "options",
	.operands = "",
	.summary = "list all options of all commands",
	.no_root = true,
	.run = options_run,
};
