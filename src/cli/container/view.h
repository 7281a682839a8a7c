/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the command line asks of a container's inspect document, and how lists word its state. */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"

struct view_facts { bool tty, open_stdin; };

int view_facts(struct engine *engine, const char *id, struct view_facts *ret, struct err *e);

/* "Up 2 minutes", "Exited (0) 3 hours ago", "Created". */
void view_status(struct str *to, const struct container_entry *entry, int64_t now);
