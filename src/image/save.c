/* SPDX-License-Identifier: Apache-2.0 */

/* Which images an archive gets: by name, by id, or all tags of a repository; an image of several names is in it once. */

#include <string.h>

#include "image/content.h"
#include "image/image.h"
#include "image/layout.h"
#include "image/names.h"

struct save {
	struct store *store;
	struct content_images images;
};

static void save_done(struct save *s)
{
	content_images_done(&s->images);
}

static int add_image(struct save *s, const struct store_image *image, const char *name, struct err *e)
{
	struct content_image *added = NULL;

	for (size_t i = 0; i < s->images.n; i++)
		if (str_eq(s->images.items[i].record.id, image->id))
			added = &s->images.items[i];
	if (!added) {
		struct image_record record;

		if (image_record_parse(image->record, strlen(image->record), &record, e) < 0)
			return err_prefix(e, "image '%s'", image->id);
		added = vec_add(&s->images);
		if (!added) {
			image_record_done(&record);
			return err_nomem(e);
		}
		added->record = record;
	}
	if (!name || strchr(name, '@') || strv_contains(&added->names, name))
		return 0;
	return strv_add(&added->names, name) < 0 ? err_nomem(e) : 0;
}

static bool is_repository(const char *typed)
{
	const char *slash = strrchr(typed, '/');

	return !strchr(typed, '@') && !strchr(slash ? slash : typed, ':');
}

/* A repository without a tag means all of its tags: their number. */
static int add_repository(struct save *s, const char *typed, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };
	autofree char *normal = NULL;
	size_t len;
	int found = 0;

	if (!is_repository(typed) || names_normalise(typed, &normal, NULL) < 0)
		return 0;
	if (store_image_list(s->store, true, &images, e) < 0)
		return -1;
	len = (size_t)(strrchr(normal, ':') - normal) + 1;
	for (size_t i = 0; i < images.n; i++)
		for (size_t k = 0; k < images.items[i].names.n; k++) {
			const char *name = images.items[i].names.items[k];

			if (strncmp(name, normal, len) != 0 || strchr(name, '@'))
				continue;
			if (add_image(s, &images.items[i], name, e) < 0)
				return -1;
			found++;
		}
	return found;
}

static int add_typed(struct save *s, const char *typed, struct err *e)
{
	cleanup(store_image_done) struct store_image image = { 0 };
	autofree char *name = NULL;
	int r = add_repository(s, typed, e);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (names_find(s->store, typed, &image, &name, e) < 0)
		return -1;
	return add_image(s, &image, name, e);
}

int image_save(struct store *store, char *const *names, size_t n, int (*target)(void *arg, struct err *e), void *arg,
	       struct err *e)
{
	cleanup(save_done) struct save s = { .store = store };
	autolayout struct layout layout = LAYOUT_INIT;
	autofd int blobs = -EBADF;
	int out;

	for (size_t i = 0; i < n; i++)
		if (add_typed(&s, names[i], e) < 0)
			return -1;
	blobs = instance_dir(store_instance(store), CONTENT_BLOBS, e);
	if (blobs < 0 || layout_init(&layout, &s.images, NULL, blobs, e) < 0)
		return -1;
	out = target(arg, e);
	return out < 0 ? -1 : layout_write_archive(&layout, out, e);
}
