/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The registry's directory, shared by all processes of the server and by several servers at once. Nothing of it is kept in
 * memory: every request looks at the files, and every change is one rename or link of a file that is whole and synced.
 *
 *   uploads/ID                                 what is being sent; linked into place when it is whole
 *   blobs/sha256/HEX                           the store: one file a blob, never written again, as in an OCI layout
 *   repositories/NAME/_blobs/sha256/HEX        a hard link of it: the repository has the blob
 *   repositories/NAME/_manifests/sha256/HEX    a manifest, and HEX.about, our record of it (registry/about.h)
 *   repositories/NAME/_tags/TAG                "sha256:HEX"
 *   repositories/NAME/_referrers/sha256:HEX/sha256:HEX     subject/referrer: the referrer's record
 *
 * A link is the reference and the file's link count is the number of them: what no repository links is gone with its last
 * link, and blobs/ (with images/blobs of the instance) is only where a second copy is not made.
 */

#include "base/err.h"
#include "registry/digest.h"

struct registry {
	int root, uploads, blobs, repositories;
	int images; /* images/blobs of the instance, or negative */
};

#define REGISTRY_INIT { -EBADF, -EBADF, -EBADF, -EBADF, -EBADF }

enum { REPOSITORY_MAX = 255, TAG_MAX = 128, REPOSITORY_PATH = REPOSITORY_MAX + 2 * DIGEST_TEXT + 32 };

/* `images` may be NULL, or not be there. */
int registry_open(const char *root, const char *images, struct registry *ret, struct err *e);
void registry_done(struct registry *r);

/* ---- files of a repository; `path` is below its directory: "_blobs/sha256/HEX" ---- */

/* Opens for reading: the descriptor or -errno. */
int repository_open(const struct registry *r, const char *repository, const char *path);
bool repository_has(const struct registry *r, const char *repository, const char *path);
bool repository_exists(const struct registry *r, const char *repository);

/* Opens the directory of a file, made with all above it if need be (durably), O_RDONLY. */
int repository_make(const struct registry *r, const char *repository, const char *directory);

/* Locks the repository against other changes of manifests and tags until the descriptor is closed. */
int repository_lock(const struct registry *r, const char *repository);

/* Removes a file durably: 0 or -errno. */
int repository_remove(const struct registry *r, const char *repository, const char *path);

/* Gives the blob that repository `from` (NULL: any, found in blobs/) has to `repository`: 1, 0 when it has not, -errno. */
int repository_mount(const struct registry *r, const char *from, const char *repository, const struct digest *digest);

/* Removes a repository's blob, and the store's when no repository has it any more: 0 or -errno. */
int repository_remove_blob(const struct registry *r, const char *repository, const struct digest *digest);

/* Calls `each` for the names in a directory of a repository, in no order, until it does not return 0. */
int repository_list(const struct registry *r, const char *repository, const char *directory,
		    int (*each)(const char *name, void *arg), void *arg);
