/* SPDX-License-Identifier: Apache-2.0 */

/* A name is a row: one more of them, or one that moves. */

#include "image/content.h"
#include "image/image.h"
#include "image/index.h"
#include "image/names.h"
#include "oci/ref.h"

static int read_target(const char *typed, struct strv *ret, struct err *e)
{
	struct oci_ref ref;
	bool has_digest;

	if (oci_ref_parse(typed, &ref, e) < 0)
		return -1;
	has_digest = ref.digest;
	if (!has_digest)
		(void)strv_take(ret, oci_ref_format(&ref));
	oci_ref_done(&ref);
	if (has_digest)
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	return ret->n ? 0 : err_nomem(e);
}

int image_tag(struct store *store, const char *source, const char *target, struct err *e)
{
	cleanup(store_image_done) struct store_image image = { 0 };
	static const struct strv no_layers = STRV_INIT;
	autostrv struct strv name = STRV_INIT;
	autofd int lock = -EBADF;
	autofree char *normal = NULL;

	if (read_target(target, &name, e) < 0)
		return -1;
	lock = content_lock(store, e);
	if (lock < 0 || names_find(store, source, &image, &normal, e) < 0)
		return -1;
	strv_done(&image.names);
	image.names = name;
	name = (struct strv)STRV_INIT;
	/* Its row and its layers are there: what is added is the name. */
	return store_image_put(store, &image, &no_layers, e) < 0 ? -1 : index_write(store, e);
}
