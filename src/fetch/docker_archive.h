/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The members of an image archive and what `docker save` means by them: manifest.json lists, for each image, the member
 * that is its config, its tags, and the members that are its layers, as uncompressed or compressed tars.
 */

#include "base/vec.h"
#include "fetch/blob.h"

/* A member by its name in the archive; its bytes are a blob, stored under `digest`. */
struct member {
	char *name, *alias; /* alias: the member it is a link to, else NULL */
	char digest[DIGEST_TEXT];
	uint64_t size;
};

struct archive {
	struct member *items;
	size_t n;
};

void archive_done(struct archive *a);
bool archive_has(const struct archive *a, const char *name);

const char *archive_digest(const struct archive *a, const char *name, uint64_t *ret_size); /* borrowed; of one that it has */

/* Stores a member as a blob. */
int archive_take(struct archive *a, const struct job_context *ctx, const char *name, struct source *from, struct err *e);
/* A member that is stored under its digest already. */
int archive_know(struct archive *a, const char *name, const char *digest, uint64_t size, struct err *e);
/* A link from one member to another; `relative`: to the directory of `name`. */
int archive_alias(struct archive *a, const char *name, const char *target, bool relative, struct err *e);
/* The whole of a small member. */
int archive_read(const struct archive *a, const struct job_context *ctx, const char *name, struct str *to, struct err *e);

/* Adds the normal form of a name; a name that is none (a tag alone) is left out. */
int archive_add_name(const char *name, struct strv *names, struct err *e);

struct docker_image {
	char *config;
	struct strv tags, layers;
};

struct docker_images {
	struct docker_image *items;
	size_t n;
};

int docker_archive_images(const struct archive *a, const struct job_context *ctx, struct docker_images *ret, struct err *e);
void docker_images_done(struct docker_images *images);

/* The OCI manifest of an image whose config and layers are members. */
int docker_archive_manifest(const struct archive *a, const struct job_context *ctx, const struct docker_image *image,
			    struct str *ret, struct err *e);
