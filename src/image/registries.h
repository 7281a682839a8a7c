/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * registries.conf, version 2: mirrors, what is blocked, insecure or moved, what short names stand for. The file is
 * $CONTAINERS_REGISTRIES_CONF, ~/.config/containers/registries.conf or /etc/containers/registries.conf; *.conf in its drop-in
 * folder (the same name with .d) come after it in the order of their names: a registry replaces one of the same prefix, an
 * alias one of the same name.
 */

#include <stdbool.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/vec.h"

struct registries_mirror {
	char *location, *pull; /* pull: "all", "digest-only", "tag-only" */
	bool insecure;
};

struct registries_entry {
	char *prefix, *location;
	bool insecure, blocked, by_digest;
	struct { struct registries_mirror *items; size_t n; } mirrors;
};

struct registries {
	struct strv search;
	char *short_mode;
	struct strmap aliases;
	struct { struct registries_entry *items; size_t n; } entries;
};

int registries_load(struct registries *ret, struct err *e);
void registries_done(struct registries *r);

/* One document, as text, on top of what is there. Pure. */
int registries_read(struct registries *r, const char *toml, size_t len, struct err *e);

/* The entry with the longest prefix of `name` ("quay.io/a/b"); NULL: none. */
const struct registries_entry *registries_find(const struct registries *r, const char *name);

/* `name` with the entry's prefix replaced by `location`, which may be NULL: owned, NULL when out of memory. */
char *registries_moved(const struct registries_entry *entry, const char *location, const char *name);

/* What a typed name without a host stands for, with its tag: owned; NULL without an error: it has a host, or nothing is
 * configured. */
int registries_short(const struct registries *r, const char *typed, char **ret, struct err *e);
