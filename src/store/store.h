/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The database of an instance: names, references, images and the indexes that lists need, in SQLite. Opened on first
 * use, closed without a checkpoint. A durable call (class a) has synced when it returns. --rm containers (class b) are
 * in a second file, in the run root, that is never synced and is void after a reboot; names and slots are unique over
 * both. Readers never wait for writers.
 *
 * Wiring: containers.c (engine), images.c (image). Each function is one transaction.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/vec.h"
#include "store/instance.h"

struct store;

#define STORE_RUN_PREFIX "containers-" /* of the run root's file: PREFIX BOOT-ID .db */

int store_open(struct instance *instance, struct store **ret, struct err *e); /* borrows the instance */
void store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free)
struct instance *store_instance(struct store *store);

/* ---- images: a record is our own JSON (image_record), opaque here ---- */

struct store_image {
	char *id, *record;
	uint64_t size;
	int64_t created, added; /* nanoseconds UTC */
	struct strv names;	/* of this image */
};

struct store_images {
	struct store_image *items;
	size_t n;
};

void store_images_done(struct store_images *images);

/* Adds (or keeps) an image and moves `names` to it; `layers` are the diffIDs it holds a reference on. Durable. */
int store_image_put(struct store *store, const struct store_image *image, const struct strv *layers, struct err *e);
/* Newest first. Without `records` theirs are NULL: most of what there is to read is left alone. */
int store_image_list(struct store *store, bool records, struct store_images *ret, struct err *e);
/* By name, whole id ("sha256:...") or unique hexadecimal prefix. */
int store_image_find(struct store *store, const char *name_or_id, struct store_image *ret, struct err *e);
void store_image_done(struct store_image *image);
/* Removes one name; *ret_left: how many remain. */
int store_image_untag(struct store *store, const char *name, int64_t *ret_left, struct err *e);
/* 1: a container uses the image: a running one, if there is one (*ret_running), else any. 0: none does. */
int store_image_user(struct store *store, const char *id, char ret_container[static ID_TEXT], bool *ret_running,
		     struct err *e);
/* Removes the image and all its names. ERR_CONFLICT names a container that uses it, unless `force` and it is stopped.
 * *ret_layers: the diffIDs that no other image holds now. */
int store_image_delete(struct store *store, const char *id, bool force, struct strv *ret_layers, struct err *e);

/* ---- containers: the index beside containers/ID/config.json ---- */

struct store_container {
	char *id, *name, *image, *image_id, *command;
	int64_t created;
	uint32_t slot;	/* of the status file, taken by store_container_add */
	bool remove;	/* --rm: void after a reboot */
};

struct store_containers {
	struct store_container *items;
	size_t n;
};

void store_containers_done(struct store_containers *containers);
void store_container_done(struct store_container *container);

/* ERR_CONFLICT in Docker's words when the name is taken, naming the owner. Fills in `slot`. */
int store_container_add(struct store *store, struct store_container *container, struct err *e);
int store_container_delete(struct store *store, const char *id, struct err *e); /* a missing row is no error */
int store_container_find(struct store *store, const char *name_or_prefix, struct store_container *ret, struct err *e);
int store_container_list(struct store *store, struct store_containers *ret, struct err *e); /* newest first */
