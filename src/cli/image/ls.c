/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/image/name.h"
#include "cli/output/out.h"
#include "cli/output/table.h"
#include "engine/engine.h"

struct ls_options { bool quiet, no_trunc; };

static const struct opt rows[] = {
	OPT(struct ls_options, no_trunc, "no-trunc", 0, flag, "Don't truncate output"),
	OPT(struct ls_options, quiet, "quiet", 'q', flag, "Only show image IDs"),
	OPT_LATER("all", 'a', flag),
	OPT_LATER("digests", 0, flag),
	OPT_LATER("filter", 'f', list),
	OPT_LATER("format", 0, text),
	OPT_LATER("tree", 0, flag),
};
OPT_TABLE(options_table, rows);

static void add_id(struct str *to, const struct ls_options *o, const char *id)
{
	if (!o->no_trunc && str_starts(id, "sha256:"))
		id += strlen("sha256:");
	str_add_bytes(to, id, o->no_trunc ? strlen(id) : strnlen(id, ID_SHORT));
}

static void add_row(struct table *table, const struct ls_options *o, const struct image_entry *image, const char *name,
		    int64_t now)
{
	autostr struct str repository = STR_INIT, tag = STR_INIT, id = STR_INIT, age = STR_INIT, size = STR_INIT;

	if (name) {
		name_split(name, &repository, &tag);
	} else {
		str_add(&repository, "<none>");
		str_add(&tag, "<none>");
	}
	add_id(&id, o, image->id);
	if (image->created) {
		text_duration(&age, now - image->created);
		str_add(&age, " ago");
	} else {
		str_add(&age, "N/A");
	}
	text_size(&size, image->size);
	table_add(table, str_text(&repository));
	table_add(table, str_text(&tag));
	table_add(table, str_text(&id));
	table_add(table, str_text(&age));
	table_add(table, str_text(&size));
}

static void print_table(const struct image_list *list, const struct ls_options *o, struct str *to)
{
	static const char *const heads[] = { "REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE" };
	autotable struct table table = TABLE_INIT(ARRAY_SIZE(heads));
	int64_t now = clock_wall();

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		table_add(&table, heads[i]);
	for (size_t i = 0; i < list->n; i++) {
		const struct image_entry *image = &list->items[i];

		for (size_t j = 0; j < image->names.n; j++)
			add_row(&table, o, image, image->names.items[j], now);
		if (image->names.n == 0)
			add_row(&table, o, image, NULL, now);
	}
	table_print(&table, to);
}

static int ls_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct ls_options *o = options;
	cleanup(image_list_done) struct image_list list = { NULL };
	autostr struct str text = STR_INIT;
	struct engine *engine;

	if (cli_engine(cli, &engine, e) < 0 || image_list(engine_store(engine), &list, e) < 0)
		return -1;
	for (size_t i = 0; o->quiet && i < list.n; i++) {
		add_id(&text, o, list.items[i].id);
		str_add_char(&text, '\n');
	}
	if (!o->quiet)
		print_table(&list, o, &text);
	return out_str(&text, e);
}

const struct command image_ls = {
	.operands = "[OPTIONS]",
	.summary = "List images",
	.options = &options_table,
	.size = sizeof(struct ls_options),
	.run = ls_run,
};
