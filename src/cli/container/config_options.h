/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options that run and create share: what they say about the container becomes a container_config. Rows write into
 * it directly where one option is one field; -e and --env-file meet in config_options_finish, because files come first
 * whatever the order of typing.
 */

#include "base/err.h"
#include "base/opt.h"
#include "engine/engine.h"

struct config_options {
	bool detach; /* run alone */
	struct strv env, env_files;
	char *pull; /* always, missing, never */
	struct container_config config;
};

extern const struct opt_table config_options_of_run, config_options_of_create;

/* Completes config: environment, image and arguments from the operands (n >= 1). */
int config_options_finish(struct config_options *options, char **operands, size_t n, struct err *e);
void config_options_done(void *options);
