/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every option of every command for programs: "command TAB option TAB letter TAB argument TAB text". tools/check-flags
 * holds tests/flags.tsv against it and tools/make-man writes the manual's OPTIONS from it.
 */

#include "cli/command.h"
#include "cli/help.h"
#include "cli/output/out.h"

static void add_options(struct str *to, const char *path, const struct opt_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct opt *o = &table->rows[i];
		const char *word = o->word ? o->word : o->type->word;

		if (!o->later)
			str_addf(to, "%s\t--%s\t%c\t%s\t%s\n", path, o->name, o->letter ? o->letter : '-', word ? word : "-",
				 o->help ? o->help : "-");
	}
}

/* Commands with several names are listed once, by the first. */
static bool is_listed(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (command_names[i].command == command_names[at].command)
			return true;
	return false;
}

static int options_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	autostr struct str text = STR_INIT;

	add_options(&text, "lighter", &cli_options);
	for (size_t i = 0; i < command_names_n; i++) {
		const struct command_name *c = &command_names[i];
		autostr struct str path = STR_INIT;

		if (!c->command || !c->command->options || is_listed(i))
			continue;
		help_path(&path, c->group, c->name);
		add_options(&text, str_text(&path), c->command->options);
	}
	return out_str(&text, e);
}

const struct command system_options = {
	.operands = "",
	.summary = "List all options of all commands",
	.run = options_run,
};
