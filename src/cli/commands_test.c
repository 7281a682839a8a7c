/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <string.h>

#include "base/test.h"

static void assert_table(const char *name, const struct opt_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct opt *o = &t->rows[i];

		if (o->later ? o->help != NULL : !o->type->set)
			fail_msg("%s: --%s is neither there nor refused", name, o->name);
		for (size_t j = 0; j < i; j++)
			if (str_eq(o->name, t->rows[j].name) || (o->letter && o->letter == t->rows[j].letter))
				fail_msg("%s: --%s and --%s are the same", name, o->name, t->rows[j].name);
	}
}

static void no_command_has_two_options_of_one_name(void **state)
{
	assert_table("lighter", &cli_options);
	for (size_t i = 0; i < command_names_n; i++)
		if (command_names[i].command && command_names[i].command->options)
			assert_table(command_names[i].name, command_names[i].command->options);
}

static void names_are_unique_and_sorted_in_their_group(void **state)
{
	for (size_t i = 0; i < command_names_n; i++) {
		const struct command_name *c = &command_names[i];

		assert_ptr_equal(command_find(c->group, c->name), c);
		if (c->group)
			assert_non_null(command_group_find(c->group));
		if (i > 0 && c->command && c->group == command_names[i - 1].group && command_names[i - 1].command)
			assert_true(strcmp(command_names[i - 1].name, c->name) < 0);
	}
}

static void every_command_says_what_it_is(void **state)
{
	for (size_t i = 0; i < command_names_n; i++) {
		const struct command *c = command_names[i].command;

		if (!c)
			continue;
		assert_non_null(c->run);
		assert_non_null(c->operands);
		assert_true(strlen(c->summary) > 5);
		assert_true(c->min <= c->max);
		assert_int_equal(str_starts(c->operands, "[OPTIONS]"), c->options != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_command_has_two_options_of_one_name),
		cmocka_unit_test(names_are_unique_and_sorted_in_their_group),
		cmocka_unit_test(every_command_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
