/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pulling with progress on a descriptor; `run` and `create` use it for a missing image. */

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "image/image.h"

struct pull_how {
	const char *reference; /* as typed */
	int progress;	       /* descriptor */
	bool quiet;
	const char *platform;  /* NULL: this machine's */
	struct image_remote remote;
};

/* *ret_id: owned; may be NULL. */
int pull_image(struct engine *engine, const struct pull_how *how, char **ret_id, struct err *e);
