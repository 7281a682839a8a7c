/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the command line asks of a container's inspect document, and how lists word its state. */

#include <stdbool.h>
#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "engine/engine.h"

struct view_facts {
	bool tty, open_stdin;
	struct strmap labels;
	struct strv mounts; /* their sources */
	char *network;
};

#define VIEW_FACTS_INIT { .network = NULL }

void view_facts_done(struct view_facts *facts);
#define autofacts cleanup(view_facts_done)

int view_facts(struct engine *engine, const char *id, struct view_facts *ret, struct err *e);

const char *view_state(const struct container_entry *entry); /* "running", "exited" */

/* "Up 2 minutes", "Exited (0) 3 hours ago", "Created". */
void view_status(struct str *to, const struct container_entry *entry, int64_t now);
