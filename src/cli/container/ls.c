/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The list comes from the store and the status file. Labels, mounts and networks are in a container's own record: they are
 * read only where a filter or a column asks for them.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/container/choose.h"
#include "cli/container/view.h"
#include "cli/output/format.h"

enum { COMMAND_SHOWN = 22 /* twenty columns and the quotes */, MOUNT_SHOWN = 15 };

struct ls_options {
	bool all, quiet, no_trunc, latest;
	struct opt_i64 last;
	char *format;
	struct strv filters;
};

static const struct opt rows[] = {
	OPT(struct ls_options, all, "all", 'a', flag, "Show all containers (default shows just running)"),
	OPT(struct ls_options, filters, "filter", 'f', list, "Filter output based on conditions provided", .word = "filter"),
	OPT(struct ls_options, format, "format", 0, text,
	    "Format output: 'table', 'table TEMPLATE', 'json', 'raw', or a Go template"),
	OPT(struct ls_options, last, "last", 'n', int, "Show n last created containers (includes all states)"),
	OPT(struct ls_options, latest, "latest", 'l', flag, "Show the latest created container (includes all states)"),
	OPT(struct ls_options, no_trunc, "no-trunc", 0, flag, "Don't truncate output"),
	OPT(struct ls_options, quiet, "quiet", 'q', flag, "Only display container IDs"),
	OPT_LATER("size", 's', flag),
};
OPT_TABLE(options_table, rows);

enum column {
	COMMAND, CREATED_AT, ID, IMAGE, LABELS, LOCAL_VOLUMES, MOUNTS, NAMES, NETWORKS, PORTS, RUNNING_FOR, SIZE, STATE, STATUS,
	COLUMNS,
};

static const struct format_column columns[COLUMNS] = {
	[COMMAND] = { "Command", "COMMAND" },
	[CREATED_AT] = { "CreatedAt", "CREATED AT" },
	[ID] = { "ID", "CONTAINER ID" },
	[IMAGE] = { "Image", "IMAGE" },
	[LABELS] = { "Labels", "LABELS" },
	[LOCAL_VOLUMES] = { "LocalVolumes", "LOCAL VOLUMES" },
	[MOUNTS] = { "Mounts", "MOUNTS" },
	[NAMES] = { "Names", "NAMES" },
	[NETWORKS] = { "Networks", "NETWORKS" },
	[PORTS] = { "Ports", "PORTS" },
	[RUNNING_FOR] = { "RunningFor", "CREATED" },
	[SIZE] = { "Size", "SIZE" },
	[STATE] = { "State", "STATE" },
	[STATUS] = { "Status", "STATUS" },
};

static const unsigned char shown[] = { ID, IMAGE, COMMAND, RUNNING_FOR, STATUS, PORTS, NAMES };
static const struct format_kind kind = {
	columns, COLUMNS, shown, ARRAY_SIZE(shown), ID,
	"container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{.State}}\n"
	"status: {{.Status}}\nnames: {{.Names}}\nlabels:{{pad .Labels 1 0}}\nports:{{pad .Ports 1 0}}\n",
};

struct listing {
	struct engine *engine;
	const struct ls_options *o;
	struct format *format;
	int64_t now;
	bool facts; /* a column wants the container's record */
};

static void add_command(struct str *to, const struct ls_options *o, const char *command)
{
	autostr struct str escaped = STR_INIT;

	text_escape(&escaped, command, strlen(command));
	if (o->no_trunc || text_width(str_text(&escaped)) <= COMMAND_SHOWN) {
		str_add(to, str_text(&escaped));
		return;
	}
	text_cut(to, str_text(&escaped), COMMAND_SHOWN - 1);
	str_add(to, "\"");
}

static void add_list(struct str *to, const struct strv *items, size_t shown_columns)
{
	for (size_t i = 0; i < items->n; i++) {
		if (i > 0)
			str_add_char(to, ',');
		if (shown_columns)
			text_cut(to, items->items[i], shown_columns);
		else
			str_add(to, items->items[i]);
	}
}

/* Labels as one text, "a=b,c=d", and as what a template asks for one by one. */
static void add_labels(struct str *to, struct str *methods, const struct strmap *labels)
{
	struct json_writer w = { .out = methods };

	json_object_begin(&w, NULL);
	json_object_begin(&w, "Label");
	for (size_t i = 0; i + 1 < labels->pairs.n; i += 2) {
		str_addf(to, "%s%s=%s", i ? "," : "", labels->pairs.items[i], labels->pairs.items[i + 1]);
		json_add_string(&w, labels->pairs.items[i], labels->pairs.items[i + 1]);
	}
	json_object_end(&w);
	json_object_end(&w);
}

static int add_row(const struct listing *l, const struct container_entry *c, struct err *e)
{
	autostr struct str id = STR_INIT, command = STR_INIT, since = STR_INIT, at = STR_INIT, status = STR_INIT,
			   labels = STR_INIT, mounts = STR_INIT, methods = STR_INIT;
	autofacts struct view_facts facts = VIEW_FACTS_INIT;

	/* One that was removed meanwhile is not in the list. */
	if (l->facts && view_facts(l->engine, c->id, &facts, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	str_add_bytes(&id, c->id, l->o->no_trunc ? strlen(c->id) : ID_SHORT);
	add_command(&command, l->o, c->command);
	text_duration(&since, l->now - c->created);
	str_add(&since, " ago");
	if (format_wants(l->format, CREATED_AT))
		format_time(&at, c->created);
	view_status(&status, c, l->now);
	add_labels(&labels, &methods, &facts.labels);
	add_list(&mounts, &facts.mounts, l->o->no_trunc ? 0 : MOUNT_SHOWN);
	return format_row(l->format,
			  (const char *const[COLUMNS]){
				  [COMMAND] = str_text(&command), [CREATED_AT] = str_text(&at), [ID] = str_text(&id),
				  [IMAGE] = c->image, [LABELS] = str_text(&labels), [LOCAL_VOLUMES] = "0",
				  [MOUNTS] = str_text(&mounts), [NAMES] = c->name, [NETWORKS] = facts.network,
				  [RUNNING_FOR] = str_text(&since), [SIZE] = "0B", [STATE] = view_state(c),
				  [STATUS] = str_text(&status),
			  },
			  &methods, e);
}

static bool wants_facts(const struct format *f)
{
	return format_wants(f, LABELS) || format_wants(f, MOUNTS) || format_wants(f, NETWORKS) ||
	       format_wants_method(f, "Label");
}

static int ls_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct ls_options *o = options;
	cleanup(container_list_done) struct container_list list = { NULL };
	autoformat struct format format = FORMAT_INIT;
	struct choice choice = { .filters = &o->filters };
	struct listing l = { .o = o, .format = &format, .now = clock_wall() };
	int64_t last = o->latest ? 1 : o->last.set && o->last.value > 0 ? o->last.value : INT64_MAX;

	if (format_init(&format, o->format, o->quiet, &kind, e) < 0 || cli_engine(cli, &l.engine, e) < 0 ||
	    choice_read(&choice, l.engine, e) < 0)
		return -1;
	l.facts = wants_facts(&format);
	if (engine_list(l.engine, o->all || choice.all || last != INT64_MAX, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n && last > 0; i++) {
		int r = choice_takes(&choice, &list.items[i], e);

		if (r < 0 || (r > 0 && add_row(&l, &list.items[i], e) < 0))
			return -1;
		last -= r;
	}
	return format_print(&format, e);
}

static void ls_done(void *options)
{
	struct ls_options *o = options;

	free(o->format);
	strv_done(&o->filters);
}

const struct command container_ls = {
	.operands = "[OPTIONS]",
	.summary = "List containers",
	.options = &options_table,
	.size = sizeof(struct ls_options),
	.run = ls_run,
	.done = ls_done,
};
