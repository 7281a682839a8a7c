/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The table of snapshot drivers, with one row: `overlay`, where each layer is a directory and the kernel stacks them.
 * A layer counts when its note is there, which was written before the layer got its name.
 */

#include <string.h>

#include "base/path.h"
#include "image/content.h"
#include "image/image.h"

static int overlay_layers(struct store *store, const struct image_record *image, struct strv *ret_paths, struct err *e)
{
	struct instance *instance = store_instance(store);
	autofd int layers = instance_dir(instance, CONTENT_LAYERS, e);
	autostrv struct strv paths = STRV_INIT;

	if (layers < 0)
		return -1;
	for (size_t i = image->layers.n; i-- > 0;) {
		const char *hex = image_digest_hex(image->layers.items[i]);
		autofree char *note = str_format("%s/layer.json", hex);
		autofd int fd = -EBADF;

		if (!note)
			return err_nomem(e);
		fd = path_open(layers, note, PATH_OWN, O_PATH, 0);
		if (fd < 0)
			return err_sys(e, -fd, "layer '%s' of image '%s'", image->layers.items[i], image->id);
		if (strv_addf(&paths, "%s/" CONTENT_LAYERS "/%s/root", instance->root, hex) < 0)
			return err_nomem(e);
	}
	*ret_paths = paths;
	paths = (struct strv)STRV_INIT;
	return 0;
}

static const struct snapshot_driver drivers[] = {
	{ "overlay", overlay_layers },
};

const struct snapshot_driver *snapshot_default(void)
{
	return &drivers[0];
}
