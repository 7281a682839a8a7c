/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The command line: one context for the life of the process. The engine is opened by the first command that needs it, so
 * that help and completion touch nothing.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"

struct engine;

struct cli {
	char *root, *run_root, *log_level; /* as typed */
	bool version;
	struct engine *engine; /* see cli_engine */
};

extern const struct opt_table cli_options; /* what may stand before the command */

/* Runs one command line; the exit status. */
int cli_main(int argc, char **argv);

/* The engine of this instance, borrowed from `cli`. */
int cli_engine(struct cli *cli, struct engine **ret, struct err *e);

/* One line "lighter: TEXT" on stderr, control characters escaped. */
void cli_report(const char *format, ...) __attribute__((format(printf, 1, 2)));
