/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/container/view.h"
#include "cli/output/out.h"
#include "cli/output/table.h"

enum { COMMAND_SHOWN = 22 }; /* twenty columns and the quotes */

struct ls_options { bool all, quiet, no_trunc; };

static const struct opt rows[] = {
	OPT(struct ls_options, all, "all", 'a', flag, "Show all containers (default shows just running)"),
	OPT(struct ls_options, no_trunc, "no-trunc", 0, flag, "Don't truncate output"),
	OPT(struct ls_options, quiet, "quiet", 'q', flag, "Only display container IDs"),
	OPT_LATER("filter", 'f', list),
	OPT_LATER("format", 0, text),
	OPT_LATER("last", 'n', int),
	OPT_LATER("latest", 'l', flag),
	OPT_LATER("size", 's', flag),
};
OPT_TABLE(options_table, rows);

static void add_id(struct str *to, const struct ls_options *o, const char *id)
{
	str_add_bytes(to, id, o->no_trunc ? strlen(id) : strnlen(id, ID_SHORT));
}

static void add_cell(struct table *table, struct str *cell)
{
	table->failed |= cell->failed;
	table_add(table, str_text(cell));
	str_clear(cell);
}

static void add_row(struct table *table, const struct ls_options *o, const struct container_entry *c, int64_t now)
{
	autostr struct str cell = STR_INIT, command = STR_INIT;

	add_id(&cell, o, c->id);
	add_cell(table, &cell);
	table_add(table, c->image);
	text_escape(&command, c->command, strlen(c->command));
	if (o->no_trunc || text_width(str_text(&command)) <= COMMAND_SHOWN) {
		table_add(table, str_text(&command));
	} else {
		text_cut(&cell, str_text(&command), COMMAND_SHOWN - 1);
		str_add(&cell, "\"");
		add_cell(table, &cell);
	}
	text_duration(&cell, now - c->created);
	str_add(&cell, " ago");
	add_cell(table, &cell);
	view_status(&cell, c, now);
	add_cell(table, &cell);
	table_add(table, ""); /* nothing is published yet */
	table_add(table, c->name);
}

static void print_table(const struct container_list *list, const struct ls_options *o, struct str *to)
{
	static const char *const heads[] = { "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES" };
	autotable struct table table = TABLE_INIT(ARRAY_SIZE(heads));
	int64_t now = clock_wall();

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		table_add(&table, heads[i]);
	for (size_t i = 0; i < list->n; i++)
		add_row(&table, o, &list->items[i], now);
	table_print(&table, to);
}

static int ls_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct ls_options *o = options;
	cleanup(container_list_done) struct container_list list = { NULL };
	autostr struct str text = STR_INIT;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || engine_list(engine, o->all, &list, e) < 0)
		return -1;
	for (size_t i = 0; o->quiet && i < list.n; i++) {
		add_id(&text, o, list.items[i].id);
		str_add_char(&text, '\n');
	}
	if (!o->quiet)
		print_table(&list, o, &text);
	return out_str(&text, e);
}

const struct command container_ls = {
	.operands = "[OPTIONS]",
	.summary = "List containers",
	.options = &options_table,
	.size = sizeof(struct ls_options),
	.run = ls_run,
};
