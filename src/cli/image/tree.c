/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Docker's tree: names one a line, what belongs to the image beside the last of them. CONTENT SIZE is what the registry's form
 * of it takes (manifest, config, compressed layers), DISK USAGE that and the unpacked layers.
 */

#include "cli/image/tree.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "cli/image/name.h"
#include "cli/output/out.h"
#include "cli/output/table.h"

static void add_short(struct table *table, const char *digest)
{
	char text[ID_SHORT + 1] = "";

	strncat(text, image_digest_hex(digest), ID_SHORT);
	table_add(table, text);
}

static void add_size(struct table *table, uint64_t size)
{
	autostr struct str text = STR_INIT;

	text_size(&text, size);
	table_add(table, str_text(&text));
}

static void add_names(struct table *table, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++) {
		autofree char *name = name_familiar(names->items[i]);

		table->failed |= !name;
		table_add(table, name ? name : "");
		for (size_t k = 1; i + 1 < names->n && k < table->columns; k++)
			table_add(table, "");
	}
	if (names->n == 0)
		table_add(table, "<untagged>");
}

static int add_image(struct table *table, struct engine *engine, const struct image_entry *image, struct err *e)
{
	cleanup(image_record_done) struct image_record record = { .id = NULL };
	autostr struct str platform = STR_INIT;
	uint64_t content;

	if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
		return err_prefix(e, "image '%s'", image->id);
	if (image_content_size(engine_store(engine), &record, &content, e) < 0)
		return -1;
	add_names(table, &image->names);
	add_short(table, image->id);
	add_size(table, content + image->size);
	add_size(table, content);
	str_addf(&platform, "\xe2\x94\x94\xe2\x94\x80 %s/%s%s%s", record.os ? record.os : "unknown",
		 record.architecture ? record.architecture : "unknown", record.variant ? "/" : "",
		 record.variant ? record.variant : "");
	table_add(table, str_text(&platform));
	add_short(table, record.manifest);
	add_size(table, content + image->size);
	add_size(table, content);
	return 0;
}

int tree_print(struct engine *engine, struct err *e)
{
	static const char *const heads[] = { "IMAGE", "ID", "DISK USAGE", "CONTENT SIZE" };
	cleanup(image_list_done) struct image_list images = { NULL };
	autotable struct table table = TABLE_INIT(ARRAY_SIZE(heads));
	autostr struct str text = STR_INIT;

	if (image_list(engine_store(engine), true, &images, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		table_add(&table, heads[i]);
	for (size_t i = 0; i < images.n; i++)
		if (add_image(&table, engine, &images.items[i], e) < 0)
			return -1;
	table_print(&table, &text);
	return out_str(&text, e);
}
