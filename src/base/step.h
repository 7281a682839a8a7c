/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Step tables: a long sequence as rows { name, run, undo }. The runner names the failed step in the error and undoes
 * the steps before it in reverse order. A step that fails leaves nothing of its own; undo never fails.
 */

#include <stddef.h>

#include "base/err.h"

struct step {
	const char *name;
	int (*run)(void *context, struct err *e);
	void (*undo)(void *context); /* NULL: nothing to undo */
};

/* `table` names the sequence: with the build option weaken=fail-steps, LIGHTER_FAIL_STEP=TABLE/STEP makes that step fail
 * after it ran, so that a test can see every undo at work, and LIGHTER_KILL_STEP kills the process there. */
int step_run(const char *table, const struct step *steps, size_t n, void *context, struct err *e);

/* Undoes all `n` steps, last first. */
void step_undo(const struct step *steps, size_t n, void *context);
