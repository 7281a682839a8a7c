/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

void help_path(struct str *to, const char *group, const char *name)
{
	str_add(to, "lighter");
	if (group)
		str_addf(to, " %s", group);
	if (name)
		str_addf(to, " %s", name);
}

static void help_names(struct str *to, const char *group)
{
	size_t widest = 0;

	for (size_t i = 0; i < command_names_n; i++)
		if (strlen(command_names[i].name) > widest)
			widest = strlen(command_names[i].name);
	for (size_t i = 0; i < command_names_n; i++) {
		const struct command_name *c = &command_names[i];
		bool same = group && c->group ? str_eq(group, c->group) : group == c->group;

		if (same && c->command && !c->hidden)
			str_addf(to, "  %-*s   %s\n", (int)widest, c->name, c->command->summary);
	}
}

void help_program(struct str *to)
{
	str_add(to, "Usage:  lighter [OPTIONS] COMMAND\n\nContainers without a daemon\n\nManagement commands:\n");
	for (size_t i = 0; i < command_groups_n; i++)
		str_addf(to, "  %-10s   %s\n", command_groups[i].name, command_groups[i].summary);
	str_add(to, "\nCommands:\n");
	help_names(to, NULL);
	str_add(to, "\nOptions:\n");
	opt_help(&cli_options, to);
	str_add(to, "\nRun 'lighter COMMAND --help' for more information on a command.\n");
}

void help_group(struct str *to, const struct command_group *group)
{
	str_addf(to, "Usage:  lighter %s COMMAND\n\n%s\n\nCommands:\n", group->name, group->summary);
	help_names(to, group->name);
	str_addf(to, "\nRun 'lighter %s COMMAND --help' for more information on a command.\n", group->name);
}

static void help_aliases(struct str *to, const struct command *command)
{
	const char *comma = "";

	for (size_t i = 0; i < command_names_n; i++) {
		if (command_names[i].command != command)
			continue;
		str_add(to, comma);
		help_path(to, command_names[i].group, command_names[i].name);
		comma = ", ";
	}
}

void help_command(struct str *to, const struct command_name *name)
{
	const struct command *c = name->command;

	str_add(to, "Usage:  ");
	help_path(to, name->group, name->name);
	if (*c->operands)
		str_addf(to, " %s", c->operands);
	str_addf(to, "\n\n%s\n\nAliases:\n  ", c->summary);
	help_aliases(to, c);
	str_add_char(to, '\n');
	if (c->options) {
		str_add(to, "\nOptions:\n");
		opt_help(c->options, to);
	}
}
