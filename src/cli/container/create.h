/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A container from what the command line said; its image is pulled when --pull says so. */

#include "base/err.h"
#include "cli/container/config_options.h"
#include "engine/engine.h"

int create_container(struct engine *engine, const struct config_options *options, char ret_id[static ENGINE_ID],
		     struct err *e);
