/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256 of streams, as "sha256:HEX". */

#include <stddef.h>

#include "base/err.h"

enum { DIGEST_TEXT = 7 + 64 + 1 };

struct digest {
	void *context;
};

int digest_init(struct digest *d, struct err *e);
void digest_add(struct digest *d, const void *bytes, size_t len);
void digest_end(struct digest *d, char to[static DIGEST_TEXT]);
void digest_done(struct digest *d);

/* Of bytes in memory. */
int digest_of(const void *bytes, size_t len, char to[static DIGEST_TEXT], struct err *e);
