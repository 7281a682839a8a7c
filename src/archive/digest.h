/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests of streams, as "sha256:HEX" and "sha512:HEX". */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { DIGEST_TEXT = 7 + 128 + 1 };

struct digest {
	void *context;
	bool wide; /* sha512 */
};

int digest_init(struct digest *d, struct err *e); /* sha256 */
/* By the algorithm of a digest in words. */
int digest_init_as(struct digest *d, const char *like, struct err *e);
void digest_add(struct digest *d, const void *bytes, size_t len);
void digest_end(struct digest *d, char to[static DIGEST_TEXT]);
void digest_done(struct digest *d);

/* Of bytes in memory: sha256. */
int digest_of(const void *bytes, size_t len, char to[static DIGEST_TEXT], struct err *e);
int digest_of_as(const char *like, const void *bytes, size_t len, char to[static DIGEST_TEXT], struct err *e);
