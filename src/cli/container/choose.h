/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which containers a list shows: `ps --filter`. */

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "engine/engine.h"

struct choice {
	const struct strv *filters;
	bool all; /* a status is asked for: those that do not run are looked at, too */
	int64_t before, since; /* nanoseconds UTC; 0: none */
	struct engine *engine;
};

int choice_read(struct choice *c, struct engine *engine, struct err *e);
int choice_takes(const struct choice *c, const struct container_entry *container, struct err *e); /* 1, 0 or -1 */
