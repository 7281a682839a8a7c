/* SPDX-License-Identifier: Apache-2.0 */

/* As runc lists: a container whose record cannot be read is told on stderr and does not stop the others. */

#include <stdio.h>
#include <string.h>

#include "runtime/command/command.h"
#include "runtime/info.h"

struct list_options {
	char *format;
	bool quiet;
};

static const struct opt rows[] = {
	OPT(struct list_options, format, "format", 'f', text, "table or json", "FORMAT"),
	OPT(struct list_options, quiet, "quiet", 'q', flag, "only ids"),
};
VERB_OPTIONS(options_table, rows);

static void list_ids(const struct runtime_list *list, struct str *to)
{
	for (size_t i = 0; i < list->n; i++)
		str_addf(to, "%s\n", list->items[i].id);
}

static void list_json(const struct runtime_list *list, struct str *to)
{
	struct json_writer w = { .out = to };

	if (list->n == 0) {
		str_add(to, "null\n"); /* runc's list of nothing */
		return;
	}
	json_array_begin(&w, NULL);
	for (size_t i = 0; i < list->n; i++)
		runtime_info_write(&list->items[i], &w);
	json_array_end(&w);
	str_add_char(to, '\n');
}

enum { COLUMNS = 6, LEAST_WIDTH = 12, GAP = 3 };

struct cells {
	const char *texts[COLUMNS];
	char pid[12];
};

static void fill_cells(const struct runtime_info *info, struct cells *to)
{
	(void)snprintf(to->pid, sizeof(to->pid), "%d", info->pid);
	to->texts[0] = info->id;
	to->texts[1] = to->pid;
	to->texts[2] = info->status;
	to->texts[3] = info->bundle;
	to->texts[4] = info->created;
	to->texts[5] = info->owner;
}

static void add_row(const char *const cells[static COLUMNS], const size_t widths[static COLUMNS], struct str *to)
{
	for (size_t c = 0; c < COLUMNS - 1; c++)
		str_addf(to, "%-*s", (int)widths[c], cells[c]);
	str_addf(to, "%s\n", cells[COLUMNS - 1]);
}

/* Columns as Go's tabwriter makes them for runc: at least 12 wide, 3 spaces between. */
static void list_table(const struct runtime_list *list, struct str *to)
{
	static const char *const titles[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	size_t widths[COLUMNS];
	struct cells cells;

	for (size_t c = 0; c < COLUMNS; c++) {
		size_t widest = strlen(titles[c]);

		for (size_t i = 0; i < list->n; i++) {
			fill_cells(&list->items[i], &cells);
			widest = strlen(cells.texts[c]) > widest ? strlen(cells.texts[c]) : widest;
		}
		widths[c] = widest + GAP > LEAST_WIDTH ? widest + GAP : LEAST_WIDTH;
	}
	add_row(titles, widths, to);
	for (size_t i = 0; i < list->n; i++) {
		fill_cells(&list->items[i], &cells);
		add_row(cells.texts, widths, to);
	}
}

static int list_run(const struct call *call, struct err *e)
{
	static const struct {
		const char *name;
		void (*write)(const struct runtime_list *list, struct str *to);
	} formats[] = { { "table", list_table }, { "json", list_json } };
	const struct list_options *o = call->options;
	const char *format = o->format ? o->format : "table";
	cleanup(runtime_list_done) struct runtime_list list = { .items = NULL };
	void (*write)(const struct runtime_list *list, struct str *to) = NULL;
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (str_eq(formats[i].name, format))
			write = formats[i].write;
	if (!write)
		return err_set(e, ERR_INVALID, "--format '%.50s' is not table or json", format);
	if (runtime_list(call->root, &list, e) < 0)
		return -1;
	(o->quiet ? list_ids : write)(&list, &text);
	return command_print(&text, e);
}

static void list_done(void *options)
{
	free(((struct list_options *)options)->format);
}

const struct verb verb_list = {
	.name = "list",
	.operands = "",
	.summary = "list the containers of the state root",
	.options = &options_table,
	.size = sizeof(struct list_options),
	.run = list_run,
	.done = list_done,
};
