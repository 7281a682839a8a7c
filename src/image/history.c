/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Sizes of an image's parts. History and layers are two lists of one config: a step that is not marked as empty has the next
 * layer. A list that does not fit the layers is shown as far as it fits.
 */

#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "image/content.h"
#include "image/image.h"

int image_steps(struct store *store, const struct image_record *record, struct image_step **ret, struct err *e)
{
	autofd int layers = instance_dir(store_instance(store), CONTENT_LAYERS, e);
	autofree struct image_step *steps = calloc(record->history.n + 1, sizeof(*steps));
	size_t next = 0;

	if (layers < 0)
		return -1;
	if (!steps)
		return err_nomem(e);
	for (size_t i = 0; i < record->history.n; i++) {
		if (record->history.items[i].empty_layer || next >= record->layers.n)
			continue;
		steps[i].layer = record->layers.items[next++];
		if (content_layer_size(layers, steps[i].layer, &steps[i].size, e) < 0)
			return -1;
	}
	*ret = take_ptr(steps);
	return 0;
}

int image_content_size(struct store *store, const struct image_record *record, uint64_t *ret, struct err *e)
{
	autofd int blobs = instance_dir(store_instance(store), CONTENT_BLOBS, e);
	uint64_t size = 0;

	if (blobs < 0)
		return -1;
	for (size_t i = 0; i < record->blobs.n; i++) {
		struct stat st;

		if (fstatat(blobs, image_digest_hex(record->blobs.items[i]), &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, errno, "look at blob '%s'", record->blobs.items[i]);
		size += (uint64_t)st.st_size;
	}
	*ret = size;
	return 0;
}
