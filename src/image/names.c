/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Listing and finding by name. A word may be a reference or the front of an id; a reference that exists wins,
 * as in Docker.
 */

#include "image/names.h"

#include <string.h>

#include "base/id.h"
#include "image/content.h"
#include "image/image.h"
#include "image/policy.h"
#include "image/registries.h"
#include "oci/ref.h"

static int entry_from(struct image_entry *entry, struct store_image *image)
{
	*entry = (struct image_entry){
		.id = take_ptr(image->id),
		.record = take_ptr(image->record),
		.names = image->names,
		.created = image->created,
		.size = image->size,
	};
	image->names = (struct strv)STRV_INIT;
	return 0;
}

int image_list(struct store *store, bool records, struct image_list *ret, struct err *e)
{
	cleanup(store_images_done) struct store_images images = { 0 };
	struct image_list list = { 0 };

	if (store_image_list(store, records, &images, e) < 0)
		return -1;
	for (size_t i = 0; i < images.n; i++) {
		struct image_entry *entry = vec_add(&list);

		if (!entry) {
			image_list_done(&list);
			return err_nomem(e);
		}
		entry_from(entry, &images.items[i]);
	}
	*ret = list;
	return 0;
}

void image_list_done(struct image_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].id);
		free(list->items[i].record);
		strv_done(&list->items[i].names);
	}
	free(list->items);
	*list = (struct image_list){ 0 };
}

/* ---- finding ---- */

int names_find(struct store *store, const char *typed, struct store_image *ret, char **ret_name, struct err *e)
{
	const char *hex = str_starts(typed, "sha256:") ? typed + 7 : typed;
	autofree char *normal = NULL;
	struct err why = ERR_INIT;

	if (names_normalise(typed, &normal, &why) == 0 && store_image_find(store, normal, ret, &why) == 0) {
		*ret_name = take_ptr(normal);
		return 0;
	}
	if (why.code != ERR_NOT_FOUND && why.code != ERR_INVALID) {
		*e = why;
		return -1;
	}
	if (id_is_prefix(hex)) {
		if (store_image_find(store, hex, ret, &why) == 0)
			return 0;
		if (why.code != ERR_NOT_FOUND) {
			*e = why;
			return -1;
		}
	}
	/* What registries.conf makes of a short name; its errors are a pull's. */
	free(take_ptr(normal));
	if (image_name(typed, &normal, NULL) == 0 && store_image_find(store, normal, ret, NULL) == 0) {
		*ret_name = take_ptr(normal);
		return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "no such image: %.300s", typed);
}

int image_resolve(struct store *store, const char *name, struct image_record *ret, struct err *e)
{
	cleanup(store_image_done) struct store_image image = { 0 };
	autofree char *normal = NULL;

	if (names_find(store, name, &image, &normal, e) < 0)
		return -1;
	if (image_record_parse(image.record, strlen(image.record), ret, e) < 0)
		return err_prefix(e, "image '%s'", image.id);
	return 0;
}

int image_allowed(struct store *store, const char *name, struct err *e)
{
	cleanup(store_image_done) struct store_image image = { 0 };
	autofree char *normal = NULL;

	if (!policy_is_there())
		return 0;
	if (names_find(store, name, &image, &normal, e) < 0)
		return -1;
	if (normal || image.names.n)
		return policy_check(normal ? normal : image.names.items[0], e);
	return 0;
}

/* ---- references ---- */

int image_name(const char *typed, char **ret, struct err *e)
{
	cleanup(registries_done) struct registries registries = { .short_mode = NULL };
	autofree char *whole = NULL;

	if (registries_load(&registries, e) < 0 || registries_short(&registries, typed, &whole, e) < 0)
		return -1;
	return names_normalise(whole ? whole : typed, ret, e);
}

int names_normalise(const char *typed, char **ret, struct err *e)
{
	struct oci_ref ref;

	if (oci_ref_parse(typed, &ref, e) < 0)
		return -1;
	*ret = oci_ref_format(&ref);
	oci_ref_done(&ref);
	return *ret ? 0 : err_nomem(e);
}

char *names_familiar(const char *normal)
{
	struct oci_ref ref;
	char *familiar;

	if (oci_ref_parse(normal, &ref, NULL) < 0)
		return strdup(normal);
	familiar = oci_ref_familiar(&ref);
	oci_ref_done(&ref);
	return familiar;
}
