/* SPDX-License-Identifier: Apache-2.0 */

/* The steps of an image, newest first. Only the newest has an id: the image's own. */

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output/format.h"
#include "engine/engine.h"

enum { COMMAND_SHOWN = 45 };

struct history_options {
	bool quiet, no_trunc;
	struct opt_bool human;
	char *format;
};

static const struct opt rows[] = {
	OPT(struct history_options, format, "format", 0, text, "Format output: 'table', 'table TEMPLATE', 'json', or a Go template"),
	OPT(struct history_options, human, "human", 'H', given, "Print sizes and dates in human readable format (default true)"),
	OPT(struct history_options, no_trunc, "no-trunc", 0, flag, "Don't truncate output"),
	OPT(struct history_options, quiet, "quiet", 'q', flag, "Only show image IDs"),
	OPT_LATER("platform", 0, text),
};
OPT_TABLE(options_table, rows);

enum column { COMMENT, CREATED_AT, CREATED_BY, CREATED_SINCE, ID, SIZE, COLUMNS };

#define COLUMN_ROWS(created_)                                                                      \
	[COMMENT] = { "Comment", "COMMENT" }, [CREATED_AT] = { "CreatedAt", "CREATED AT" },       \
	[CREATED_BY] = { "CreatedBy", "CREATED BY" }, [CREATED_SINCE] = { "CreatedSince", created_ }, \
	[ID] = { "ID", "IMAGE" }, [SIZE] = { "Size", "SIZE" }

static const struct format_column columns[COLUMNS] = { COLUMN_ROWS("CREATED") };
/* With --human=false the same column shows points in time. */
static const struct format_column exact_columns[COLUMNS] = { COLUMN_ROWS("CREATED AT") };
static const unsigned char shown[] = { ID, CREATED_SINCE, CREATED_BY, SIZE, COMMENT };
static const struct format_kind kind = { columns, COLUMNS, shown, ARRAY_SIZE(shown), ID, NULL };
static const struct format_kind exact_kind = { exact_columns, COLUMNS, shown, ARRAY_SIZE(shown), ID, NULL };

struct listing {
	const struct history_options *o;
	struct format *format;
	const struct image_record *record;
	int64_t now;
	bool human;
};

static void add_id(struct str *to, const struct listing *l, bool newest)
{
	const char *id = l->record->id;

	if (!newest)
		str_add(to, "<missing>");
	else if (l->o->no_trunc)
		str_add(to, id);
	else
		str_add_bytes(to, image_digest_hex(id), ID_SHORT);
}

/* Tabs would be columns. */
static void add_command(struct str *to, const struct listing *l, const char *command)
{
	autofree char *plain = strdup(command ? command : "");

	for (char *c = plain; c && *c; c++)
		if (*c == '\t')
			*c = ' ';
	if (!plain)
		to->failed = true;
	else if (l->o->no_trunc)
		str_add(to, plain);
	else
		text_cut(to, plain, COMMAND_SHOWN);
}

static void add_created(struct str *since, struct str *at, const struct listing *l, const char *created)
{
	int64_t when = 0;

	if (!created || quantity_time(created, 0, &when) < 0) {
		str_add(since, "N/A");
		str_add(at, "N/A");
		return;
	}
	str_add(at, created);
	if (l->human) {
		text_duration(since, l->now - when);
		str_add(since, " ago");
	} else {
		str_add(since, created);
	}
}

static int add_row(const struct listing *l, size_t at, const struct image_step *step, struct err *e)
{
	const struct image_history *h = &l->record->history.items[at];
	autostr struct str id = STR_INIT, since = STR_INIT, created = STR_INIT, command = STR_INIT, size = STR_INIT;
	const char *values[COLUMNS];

	add_id(&id, l, at + 1 == l->record->history.n);
	add_command(&command, l, h->created_by);
	add_created(&since, &created, l, h->created);
	if (l->human)
		text_size(&size, step->size);
	else
		str_addf(&size, "%llu", (unsigned long long)step->size);
	values[COMMENT] = h->comment;
	values[CREATED_AT] = str_text(&created);
	values[CREATED_BY] = str_text(&command);
	values[CREATED_SINCE] = str_text(&since);
	values[ID] = str_text(&id);
	values[SIZE] = str_text(&size);
	return format_row(l->format, values, NULL, e);
}

static int history_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct history_options *o = options;
	cleanup(image_record_done) struct image_record record = { .id = NULL };
	autoformat struct format format = FORMAT_INIT;
	autofree struct image_step *steps = NULL;
	struct listing l = { o, &format, &record, clock_wall(), !o->human.set || o->human.value };
	struct engine *engine;

	if (format_init(&format, o->format, o->quiet, l.human ? &kind : &exact_kind, e) < 0 ||
	    cli_engine(cli, &engine, e) < 0 || image_resolve(engine_store(engine), operands[0], &record, e) < 0 ||
	    image_steps(engine_store(engine), &record, &steps, e) < 0)
		return -1;
	for (size_t i = record.history.n; i-- > 0;)
		if (add_row(&l, i, &steps[i], e) < 0)
			return -1;
	return format_print(&format, e);
}

static void history_done(void *options)
{
	free(((struct history_options *)options)->format);
}

const struct command image_history = {
	.operands = "[OPTIONS] IMAGE",
	.summary = "Show the history of an image",
	.options = &options_table,
	.size = sizeof(struct history_options),
	.min = 1, .max = 1,
	.run = history_run,
	.done = history_done,
};
