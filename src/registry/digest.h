/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests as the distribution specification writes them, "sha256:HEX" and "sha512:HEX", and hashing of streams. */

#include <stddef.h>

#include "base/err.h"

enum { DIGEST_TEXT = 7 + 128 + 1 };

enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_KINDS };

struct digest {
	enum digest_kind kind;
	char text[DIGEST_TEXT]; /* sha256:HEX */
	char path[DIGEST_TEXT]; /* sha256/HEX: two safe components of a path */
};

int digest_parse(const char *text, struct digest *ret); /* 0, or -EINVAL: malformed, or an algorithm that is not known */
const char *digest_directory(enum digest_kind kind);	/* "sha256" */

struct hash {
	void *context; /* NULL: none */
	enum digest_kind kind;
};

int hash_init(struct hash *h, enum digest_kind kind, struct err *e);
void hash_add(struct hash *h, const void *bytes, size_t len);
void hash_end(struct hash *h, char to[static DIGEST_TEXT]); /* "sha256:HEX"; nothing may be added afterwards */
void hash_done(struct hash *h);

/* The digest of all that is in a file. */
int hash_file(int fd, enum digest_kind kind, char to[static DIGEST_TEXT], struct err *e);
