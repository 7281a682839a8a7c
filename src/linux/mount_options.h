/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a list of OCI mount options means (config.md, "Linux mount options", and what crun knows beyond). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct mount_propagation {
	uint64_t kind; /* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE */
	bool recursive;
};

struct mount_options {
	uint64_t set, clear;			 /* MOUNT_ATTR_* of the top mount */
	uint64_t set_recursive, clear_recursive; /* of the whole tree: rro, rnosuid, ... */
	struct { struct mount_propagation *items; size_t n; } propagation; /* to be applied in this order */
	bool bind, bind_recursive, remount;
	bool copy_up;				 /* tmpcopyup */
	bool idmap, idmap_recursive;
	char *idmap_text;			 /* what stands behind "idmap=", NULL without */
	bool copy_symlink, source_nofollow, destination_nofollow;
	struct strv data;			 /* key or key=value for the file system */
};

/* -ENOMEM only: an unknown word is data. */
int mount_options_parse(const struct strv *words, struct mount_options *ret);
void mount_options_done(struct mount_options *options);

bool mount_options_are_bind(const struct mount_options *options);

/* The words that are known, one by one; NULL behind the last. */
const char *mount_option_name(size_t i);
