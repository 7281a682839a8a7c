/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The blobs and layers of an instance. images/ is a valid OCI image layout: oci-layout, index.json (generated from the
 * store) and blobs/sha256/HEX. A layer is layers/HEX of its diffID: `root`, its files, and `layer.json`, our note about
 * them, written before the layer gets its name. What exists under its final name is whole.
 *
 * Commit, collection and the index run under one lock, images/lock.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "formats/image_record.h"
#include "formats/worker_msg.h"
#include "store/store.h"

#define CONTENT_LAYERS "layers"
#define CONTENT_BLOBS "images/blobs/sha256"

/* An image that is about to be listed. */
struct content_image {
	struct image_record record;
	struct strv names;
};

struct content_images {
	struct content_image *items;
	size_t n;
};

void content_images_done(struct content_images *images);

/* Names ("sha256:...") of what is there already. */
int content_existing(struct store *store, struct strv *ret_layers, struct strv *ret_blobs, struct err *e);

/* Makes what stands in `staging` (layers/HEX, blobs/HEX) durable, gives it its final names and lists `images`, whose
 * sizes and greatest ids are completed from their layers. Returns 1, and does nothing, when a layer or blob that should
 * have existed has been removed meanwhile: the work is to be done again. */
int content_commit(struct store *store, int staging, struct content_images *images, struct err *e);

/* layers/HEX/layer.json, written into a staged layer directory. */
int content_describe_layer(int layer_dir, const struct worker_layer *layer, struct err *e);

/* Bytes of a layer's files, as its note says; `layers` is the directory of all. */
int content_layer_size(int layers, const char *diff_id, uint64_t *ret, struct err *e);

/* Removes every blob and layer that no listed image names, and writes index.json. */
int content_collect(struct store *store, struct err *e);

/* The lock, for callers that remove images: the descriptor or -1. Closing it unlocks. */
int content_lock(struct store *store, struct err *e);
int content_collect_locked(struct store *store, struct err *e);
