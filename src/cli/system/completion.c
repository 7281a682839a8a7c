/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The bash script is made of the tables: words of each command as one line of a case, and two functions that ask a
 * running lighter for the names of containers and images. Which of them completes an operand is read off the command's
 * own usage line.
 */

#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/output/out.h"

static const char bash_head[] =
	"# bash completion of lighter, made by 'lighter completion bash'\n"
	"_lighter_containers() {\n"
	"\tlighter ps -a --no-trunc 2>/dev/null | awk 'NR > 1 { print $NF, substr($1, 1, 12) }'\n"
	"}\n"
	"_lighter_images() {\n"
	"\tlighter images 2>/dev/null | awk 'NR > 1 && $1 != \"<none>\" { print $1 \":\" $2 }'\n"
	"}\n"
	"# Sets words, valued and operand of a command: its options, those that take an argument, what its operands are.\n"
	"_lighter_table() {\n"
	"\twords= valued= operand=\n"
	"\tcase $1 in\n";

static const char bash_tail[] =
	"\t*) return 1 ;;\n"
	"\tesac\n"
	"}\n"
	"_lighter() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path='' words valued operand i w\n"
	"\tlocal skip=0 operands=0\n"
	"\tCOMPREPLY=()\n"
	"\t_lighter_table ''\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tw=${COMP_WORDS[i]}\n"
	"\t\tif ((skip)); then skip=0; continue; fi\n"
	"\t\tcase $w in\n"
	"\t\t-*=*) ;;\n"
	"\t\t-*) [[ \" $valued \" == *\" $w \"* ]] && skip=1 ;;\n"
	"\t\t*)\n"
	"\t\t\tif ((operands == 0)) && [[ $operand == command ]] && _lighter_table \"$path $w\"; then\n"
	"\t\t\t\tpath=\"$path $w\"\n"
	"\t\t\telse\n"
	"\t\t\t\t_lighter_table \"$path\"\n"
	"\t\t\t\toperands=$((operands + 1))\n"
	"\t\t\tfi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tif ((skip)); then\n"
	"\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"\telif [[ $cur == -* || $operand == command ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\telif [[ $operand == CONTAINER* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$(_lighter_containers)\" -- \"$cur\"))\n"
	"\telif [[ $operand == IMAGE* ]] && ((operands == 0)); then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$(_lighter_images)\" -- \"$cur\"))\n"
	"\telse\n"
	"\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"\tfi\n"
	"}\n"
	"complete -o nosort -F _lighter lighter\n";

static void add_flags(struct str *to, const struct opt_table *table, bool valued)
{
	for (size_t i = 0; table && i < table->n; i++) {
		const struct opt *o = &table->rows[i];

		if (!o->help || (valued && !o->type->word))
			continue;
		str_addf(to, "--%s ", o->name);
		if (o->letter)
			str_addf(to, "-%c ", o->letter);
	}
	if (!valued)
		str_add(to, "--help");
}

/* "[OPTIONS] IMAGE [COMMAND]" begins with IMAGE. */
static size_t first_operand(const char *operands, const char **ret)
{
	if (str_starts(operands, "[OPTIONS]"))
		operands += strlen("[OPTIONS]");
	operands += strspn(operands, " ");
	*ret = operands;
	return strcspn(operands, " ");
}

static void add_command(struct str *to, const struct command_name *c)
{
	const char *operand;
	size_t len = first_operand(c->command->operands, &operand);

	str_addf(to, "\t' %s%s%s')\n\t\twords='", c->group ? c->group : "", c->group ? " " : "", c->name);
	add_flags(to, c->command->options, false);
	str_add(to, "' valued='");
	add_flags(to, c->command->options, true);
	str_addf(to, "' operand='%.*s' ;;\n", (int)len, operand);
}

static void add_names(struct str *to, const char *group)
{
	for (size_t i = 0; i < command_names_n; i++) {
		const struct command_name *c = &command_names[i];
		bool same = group && c->group ? str_eq(group, c->group) : group == c->group;

		if (same && c->command && !c->hidden)
			str_addf(to, "%s ", c->name);
	}
}

static int completion_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (!str_eq(operands[0], "bash"))
		return err_set(e, ERR_UNSUPPORTED, "completion for '%s' is not there yet, only bash", operands[0]);
	str_add(&text, bash_head);
	str_add(&text, "\t'')\n\t\twords='");
	add_names(&text, NULL);
	for (size_t i = 0; i < command_groups_n; i++)
		str_addf(&text, "%s ", command_groups[i].name);
	add_flags(&text, &cli_options, false);
	str_add(&text, "' valued='");
	add_flags(&text, &cli_options, true);
	str_add(&text, "' operand=command ;;\n");
	for (size_t i = 0; i < command_groups_n; i++) {
		str_addf(&text, "\t' %s')\n\t\twords='", command_groups[i].name);
		add_names(&text, command_groups[i].name);
		str_add(&text, "--help' operand=command ;;\n");
	}
	for (size_t i = 0; i < command_names_n; i++)
		if (command_names[i].command && !command_names[i].hidden)
			add_command(&text, &command_names[i]);
	str_add(&text, bash_tail);
	return out_str(&text, e);
}

const struct command system_completion = {
	.operands = "SHELL",
	.summary = "Print the completion script for a shell (bash)",
	.min = 1, .max = 1,
	.run = completion_run,
};
