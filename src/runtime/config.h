/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's own configuration, as it was when the container was created: changes of the bundle afterwards count for
 * nothing (runtime.md, "Lifecycle", step 2). Beside the record lies a copy of config.json; a launch keeps its own record.
 */

#include "formats/launch.h"
#include "runtime/state.h"

enum { CONFIG_MAX = 16 << 20 /* bytes of a config.json */ };

struct config {
	bool from_launch;
	struct launch launch;
	struct oci_spec spec; /* zero with a launch */
};

#define CONFIG_INIT { .from_launch = false }

/* A config.json. Only start needs `process` (runtime.md, "Start"): without one it is an empty one, `absent`. */
int config_parse(const struct str *text, struct oci_spec *ret, struct err *e);
int config_read(int state_dir, const struct state *state, struct config *ret, struct err *e);
int config_keep(int state_dir, const struct str *text, struct err *e);
void config_done(struct config *config);

const struct oci_spec *config_spec(const struct config *config);
