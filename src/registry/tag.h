/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A tag of a repository: the file _tags/TAG, which holds a digest. */

#include <stdbool.h>

#include "registry/registry.h"

bool tag_is_valid(const char *tag);
int tag_read(const struct registry *r, const char *repository, const char *tag, struct digest *ret); /* 0 or -errno */

/* Both under the repository's lock, durably: 0 or -errno. */
int tag_write(const struct registry *r, const char *repository, const char *tag, const struct digest *digest);
int tag_remove(const struct registry *r, const char *repository, const char *tag);
