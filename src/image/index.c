/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One descriptor a name (image layout, "index.json", annotation org.opencontainers.image.ref.name), one without
 * annotations for an image that has no name. The file is derived: it is replaced in one step, but not synced.
 */

#include "image/index.h"

#include <string.h>

#include "base/file.h"
#include "formats/image_record.h"

static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}\n";

static void add_descriptor(struct json_writer *w, const struct image_record *record, const char *name)
{
	json_object_begin(w, NULL);
	json_add_string(w, "mediaType", record->manifest_type);
	json_add_string(w, "digest", record->manifest);
	json_add_u64(w, "size", record->manifest_size);
	if (name) {
		json_object_begin(w, "annotations");
		json_add_string(w, "org.opencontainers.image.ref.name", name);
		json_object_end(w);
	}
	json_object_end(w);
}

static int add_image(struct json_writer *w, const struct store_image *image, struct err *e)
{
	struct image_record record;

	if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
		return err_prefix(e, "image '%s'", image->id);
	for (size_t i = 0; i < image->names.n; i++)
		add_descriptor(w, &record, image->names.items[i]);
	if (image->names.n == 0)
		add_descriptor(w, &record, NULL);
	image_record_done(&record);
	return 0;
}

int index_write(struct store *store, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };
	autofd int dir = instance_dir(store_instance(store), "images", e);
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	if (dir < 0 || store_image_list(store, true, &images, e) < 0)
		return -1;
	json_object_begin(&w, NULL);
	json_add_u64(&w, "schemaVersion", 2);
	json_add_string(&w, "mediaType", "application/vnd.oci.image.index.v1+json");
	json_array_begin(&w, "manifests");
	for (size_t i = 0; i < images.n; i++)
		if (add_image(&w, &images.items[i], e) < 0)
			return -1;
	json_array_end(&w);
	json_object_end(&w);
	if (text.failed)
		return err_nomem(e);
	if (file_replace(dir, "oci-layout", layout, sizeof(layout) - 1, 0600, FILE_ATOMIC, e) < 0)
		return -1;
	return file_replace(dir, "index.json", text.data, text.len, 0600, FILE_ATOMIC, e);
}
