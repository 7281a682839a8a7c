/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `image ls --tree`: each image with its names, below it its platform, and the space that both forms of it take. */

#include "base/err.h"
#include "engine/engine.h"

int tree_print(struct engine *engine, struct err *e);
