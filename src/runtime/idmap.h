/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Maps of an idmapped mount as crun's option has them: "uids=0-1-10#10-11-10;gids=@0-100-10". */

#include "base/err.h"
#include "linux/userns.h"

struct idmap_extents { struct userns_extent *items; size_t n; };

struct idmap { struct idmap_extents uids, gids; };

/* A triplet is: id on the file system, id on the host, how many. With '@' the second is an id of the container, which
 * `uids` and `gids` translate. */
int idmap_parse(const char *text, const struct userns_map *uids, const struct userns_map *gids, struct idmap *ret,
		struct err *e);
void idmap_done(struct idmap *map);
