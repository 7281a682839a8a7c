/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Docker's rules. By name: that name goes; with the last one the image, unless a container uses it, which takes force, and
 * under a running one the image stays without a name. By id: the image with its name; several names take force, and a running
 * container cannot be forced.
 */

#include <string.h>

#include "base/id.h"
#include "image/content.h"
#include "image/image.h"
#include "image/index.h"
#include "image/names.h"

struct removal {
	struct store *store;
	const struct image_removal *how;
	struct strv *lines;
};

static int say_untagged(const struct removal *r, const char *name, struct err *e)
{
	autofree char *familiar = names_familiar(name);

	return familiar && strv_addf(r->lines, "Untagged: %s", familiar) == 0 ? 0 : err_nomem(e);
}

/* What of the image only it has used goes, and is said top layer first. */
static int forget_layers(const struct removal *r, const struct strv *layers, struct err *e)
{
	if (r->how->keep_layers)
		return index_write(r->store, e);
	for (size_t i = layers->n; i-- > 0;)
		if (strv_addf(r->lines, "Deleted: %s", layers->items[i]) < 0)
			return err_nomem(e);
	return content_collect_locked(r->store, e);
}

static int delete(const struct removal *r, const struct store_image *image, bool force, struct err *e)
{
	autostrv struct strv layers = STRV_INIT;

	if (store_image_delete(r->store, image->id, force, &layers, e) < 0)
		return -1;
	for (size_t i = 0; i < image->names.n; i++)
		if (say_untagged(r, image->names.items[i], e) < 0)
			return -1;
	if (strv_addf(r->lines, "Deleted: %s", image->id) < 0)
		return err_nomem(e);
	return forget_layers(r, &layers, e);
}

static int untag(const struct removal *r, const char *name, struct err *e)
{
	int64_t left;

	return store_image_untag(r->store, name, &left, e) < 0 ? -1 : say_untagged(r, name, e);
}

/* Names of one repository by digest only have no life of their own: they follow the last tag. */
static bool is_last(const struct store_image *image, const char *name)
{
	size_t repository = strcspn(name, "@");
	const char *tag = strrchr(name, ':');

	if (!name[repository] && tag && !strchr(tag, '/'))
		repository = (size_t)(tag - name);
	for (size_t i = 0; i < image->names.n; i++) {
		const char *other = image->names.items[i];

		if (str_eq(other, name))
			continue;
		if (strncmp(other, name, repository) != 0 || other[repository] != '@')
			return false;
	}
	return true;
}

static int remove_name(const struct removal *r, const struct store_image *image, const char *name, struct err *e)
{
	char container[ID_TEXT];
	bool running = false;
	int used;

	if (!is_last(image, name))
		return untag(r, name, e) < 0 ? -1 : index_write(r->store, e);
	used = store_image_user(r->store, image->id, container, &running, e);
	if (used < 0)
		return -1;
	if (used && !r->how->force) {
		autofree char *familiar = names_familiar(name);

		return err_set(e, ERR_CONFLICT, "conflict: unable to remove repository reference \"%s\" (must force) - container "
			       "%.12s is using its referenced image %.12s", familiar ? familiar : name, container,
			       image_digest_hex(image->id));
	}
	if (!running)
		return delete(r, image, r->how->force, e);
	for (size_t i = 0; i < image->names.n; i++)
		if (untag(r, image->names.items[i], e) < 0)
			return -1;
	return index_write(r->store, e);
}

static size_t count_tags(const struct strv *names)
{
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++)
		n += !strchr(names->items[i], '@');
	return n;
}

int image_remove(struct store *store, const char *name, const struct image_removal *how, struct strv *ret_lines,
		 struct err *e)
{
	const struct removal r = { .store = store, .how = how, .lines = ret_lines };
	cleanup(store_image_done) struct store_image image = { 0 };
	autofd int lock = content_lock(store, e);
	autofree char *normal = NULL;

	if (lock < 0 || names_find(store, name, &image, &normal, e) < 0)
		return -1;
	if (normal)
		return remove_name(&r, &image, normal, e);
	if (count_tags(&image.names) > 1 && !how->force)
		return err_set(e, ERR_CONFLICT,
			       "conflict: unable to delete %.12s (must be forced) - image is referenced in multiple "
			       "repositories", image_digest_hex(image.id));
	return delete(&r, &image, how->force, e);
}
