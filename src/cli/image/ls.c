/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One row a name, as Docker: an image of two tags is listed twice, one of none as <none>. What a list of a thousand images does
 * not show is not looked at: records are read only where a filter or a column wants them.
 */

#include <fnmatch.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/image/name.h"
#include "cli/image/tree.h"
#include "cli/output/filter.h"
#include "cli/output/format.h"
#include "engine/engine.h"

struct ls_options {
	bool all, quiet, no_trunc, digests, tree;
	char *format;
	struct strv filters;
};

static const struct opt rows[] = {
	OPT(struct ls_options, all, "all", 'a', flag, "Show all images (no image of lighter is an intermediate one)"),
	OPT(struct ls_options, digests, "digests", 0, flag, "Show digests"),
	OPT(struct ls_options, filters, "filter", 'f', list, "Filter output based on conditions provided", .word = "filter"),
	OPT(struct ls_options, format, "format", 0, text,
	    "Format output: 'table', 'table TEMPLATE', 'json', 'raw', or a Go template"),
	OPT(struct ls_options, no_trunc, "no-trunc", 0, flag, "Don't truncate output"),
	OPT(struct ls_options, quiet, "quiet", 'q', flag, "Only show image IDs"),
	OPT(struct ls_options, tree, "tree", 0, flag, "List platforms below their images, with the space that they take"),
};
OPT_TABLE(options_table, rows);

enum column {
	CONTAINERS, CREATED_AT, CREATED_SINCE, DIGEST, ID, REPOSITORY, SHARED_SIZE, SIZE, TAG, UNIQUE_SIZE, COLUMNS,
};

static const struct format_column columns[COLUMNS] = {
	[CONTAINERS] = { "Containers", "CONTAINERS" },
	[CREATED_AT] = { "CreatedAt", "CREATED AT" },
	[CREATED_SINCE] = { "CreatedSince", "CREATED" },
	[DIGEST] = { "Digest", "DIGEST" },
	[ID] = { "ID", "IMAGE ID" },
	[REPOSITORY] = { "Repository", "REPOSITORY" },
	[SHARED_SIZE] = { "SharedSize", "SHARED SIZE" },
	[SIZE] = { "Size", "SIZE" },
	[TAG] = { "Tag", "TAG" },
	[UNIQUE_SIZE] = { "UniqueSize", "UNIQUE SIZE" },
};

static const unsigned char shown[] = { REPOSITORY, TAG, ID, CREATED_SINCE, SIZE };
static const unsigned char shown_with_digests[] = { REPOSITORY, TAG, DIGEST, ID, CREATED_SINCE, SIZE };
static const char raw[] = "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
			  "virtual_size: {{.Size}}\n";

static const struct format_kind kind = { columns, COLUMNS, shown, ARRAY_SIZE(shown), ID, raw };
static const struct format_kind kind_with_digests = {
	columns, COLUMNS, shown_with_digests, ARRAY_SIZE(shown_with_digests), ID, raw,
};

/* ---- filters ---- */

static const char *const filter_names[] = { "before", "dangling", "label", "reference", "since", "until", NULL };

struct limits {
	const struct strv *filters;
	bool records;		      /* labels are asked for */
	struct opt_bool dangling;
	int64_t before, since, until; /* nanoseconds UTC; 0: none */
};

static int created_of(struct engine *engine, const char *name, int64_t *ret, struct err *e)
{
	cleanup(image_record_done) struct image_record record = { .id = NULL };

	if (!name)
		return 0;
	if (image_resolve(engine_store(engine), name, &record, e) < 0)
		return -1;
	if (!record.created || quantity_time(record.created, 0, ret) < 0)
		return err_set(e, ERR_INVALID, "image '%s' does not say when it was created", name);
	return 0;
}

static int limits_read(struct limits *l, struct engine *engine, struct err *e)
{
	const char *dangling = filter_last(l->filters, "dangling"), *until = filter_last(l->filters, "until");

	if (filter_check(l->filters, filter_names, e) < 0)
		return -1;
	l->records = filter_last(l->filters, "label");
	l->dangling.set = dangling;
	if (dangling && filter_truth("dangling", dangling, &l->dangling.value, e) < 0)
		return -1;
	if (until && quantity_time(until, clock_wall(), &l->until) < 0)
		return err_set(e, ERR_INVALID, "invalid filter 'until=%s': a duration or a time is wanted", until);
	if (created_of(engine, filter_last(l->filters, "before"), &l->before, e) < 0)
		return -1;
	return created_of(engine, filter_last(l->filters, "since"), &l->since, e);
}

/* "busybox", "busybox:*", "quay.io/STAR/app": a whole name as people write it, or its repository. */
static bool match_reference(const char *pattern, const void *name)
{
	autofree char *familiar = name_familiar(name);
	autostr struct str repository = STR_INIT, tag = STR_INIT;

	if (familiar && fnmatch(pattern, familiar, FNM_PATHNAME) == 0)
		return true;
	name_split(name, &repository, &tag);
	return fnmatch(pattern, str_text(&repository), FNM_PATHNAME) == 0;
}

static int has_labels(const struct limits *l, const struct image_entry *image, struct err *e)
{
	cleanup(image_record_done) struct image_record record = { .id = NULL };

	if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
		return -1;
	return filter_all(l->filters, "label", filter_label, &record.labels);
}

/* 1: the image is listed. */
static int is_within(const struct limits *l, const struct image_entry *image, struct err *e)
{
	if (l->dangling.set && l->dangling.value != (image->names.n == 0))
		return 0;
	if ((l->before && image->created >= l->before) || (l->since && image->created <= l->since) ||
	    (l->until && image->created > l->until))
		return 0;
	return l->records ? has_labels(l, image, e) : 1;
}

/* ---- rows ---- */

struct listing {
	const struct ls_options *o;
	const struct limits *limits;
	struct format *format;
	int64_t now;
};

static void add_since(struct str *to, const struct image_entry *image, int64_t now)
{
	if (!image->created) {
		str_add(to, "N/A");
		return;
	}
	text_duration(to, now - image->created);
	str_add(to, " ago");
}

/* Digests are those of the manifest; a name that is one says it itself. */
static int add_digest(struct str *to, const struct image_entry *image, const char *name, struct err *e)
{
	cleanup(image_record_done) struct image_record record = { .id = NULL };
	const char *at = name ? strchr(name, '@') : NULL;

	if (at || !name) {
		str_add(to, at ? at + 1 : "<none>");
		return 0;
	}
	if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
		return err_prefix(e, "image '%s'", image->id);
	str_add(to, record.manifest);
	return 0;
}

static void add_id(struct str *to, const struct ls_options *o, const char *id)
{
	if (!o->no_trunc && str_starts(id, "sha256:"))
		id += strlen("sha256:");
	str_add_bytes(to, id, o->no_trunc ? strlen(id) : strnlen(id, ID_SHORT));
}

static int add_row(const struct listing *l, const struct image_entry *image, const char *name, struct err *e)
{
	autostr struct str repository = STR_INIT, tag = STR_INIT, id = STR_INIT, since = STR_INIT, at = STR_INIT,
			   size = STR_INIT, digest = STR_INIT;
	const char *values[COLUMNS] = { [CONTAINERS] = "N/A", [SHARED_SIZE] = "N/A", [UNIQUE_SIZE] = "N/A" };

	if (name) {
		name_split(name, &repository, &tag);
	} else {
		str_add(&repository, "<none>");
		str_add(&tag, "<none>");
	}
	add_id(&id, l->o, image->id);
	add_since(&since, image, l->now);
	text_size(&size, image->size);
	if (format_wants(l->format, CREATED_AT))
		format_time(&at, image->created);
	if (format_wants(l->format, DIGEST) && add_digest(&digest, image, name, e) < 0)
		return -1;
	values[REPOSITORY] = str_text(&repository);
	values[TAG] = str_text(&tag);
	values[ID] = str_text(&id);
	values[CREATED_SINCE] = str_text(&since);
	values[CREATED_AT] = str_text(&at);
	values[SIZE] = str_text(&size);
	values[DIGEST] = str_text(&digest);
	return format_row(l->format, values, NULL, e);
}

/* Names that a reference filter leaves out are not shown; an image of which none is left is not either. */
static int add_image(const struct listing *l, const struct image_entry *image, struct err *e)
{
	bool by_name = filter_last(l->limits->filters, "reference");
	int r = is_within(l->limits, image, e);

	if (r <= 0)
		return r;
	if (image->names.n == 0 && !by_name)
		return add_row(l, image, NULL, e);
	for (size_t i = 0; i < image->names.n; i++)
		if (filter_any(l->limits->filters, "reference", match_reference, image->names.items[i]) &&
		    add_row(l, image, image->names.items[i], e) < 0)
			return -1;
	return 0;
}

static int list(const struct ls_options *o, const struct limits *limits, struct engine *engine, struct err *e)
{
	cleanup(image_list_done) struct image_list images = { NULL };
	autoformat struct format format = FORMAT_INIT;
	const struct listing l = { .o = o, .limits = limits, .format = &format, .now = clock_wall() };

	if (format_init(&format, o->format, o->quiet, o->digests ? &kind_with_digests : &kind, e) < 0 ||
	    image_list(engine_store(engine), limits->records || format_wants(&format, DIGEST), &images, e) < 0)
		return -1;
	for (size_t i = 0; i < images.n; i++)
		if (add_image(&l, &images.items[i], e) < 0)
			return -1;
	return format_print(&format, e);
}

static int ls_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct ls_options *o = options;
	struct limits limits = { .filters = &o->filters };
	struct engine *engine;

	if (o->tree && (o->quiet || o->no_trunc || o->digests || o->format || o->filters.n || n > 0))
		return err_set(e, ERR_INVALID, "--tree goes with --all alone");
	if (n > 0 && strv_addf(&o->filters, "reference=%s", operands[0]) < 0)
		return err_nomem(e);
	if (cli_engine(cli, &engine, e) < 0 || limits_read(&limits, engine, e) < 0)
		return -1;
	return o->tree ? tree_print(engine, e) : list(o, &limits, engine, e);
}

static void ls_done(void *options)
{
	struct ls_options *o = options;

	free(o->format);
	strv_done(&o->filters);
}

const struct command image_ls = {
	.operands = "[OPTIONS] [REPOSITORY[:TAG]]",
	.summary = "List images",
	.options = &options_table,
	.size = sizeof(struct ls_options),
	.max = 1,
	.run = ls_run,
	.done = ls_done,
};
