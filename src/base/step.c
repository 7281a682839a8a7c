/* SPDX-License-Identifier: Apache-2.0 */
#include "base/step.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/weaken.h"

static bool is_chosen(const char *variable, const char *table, const char *step)
{
	const char *wanted = weakened("fail-steps") ? getenv(variable) : NULL;
	size_t len = strlen(table);

	return wanted && strncmp(wanted, table, len) == 0 && wanted[len] == '/' && str_eq(wanted + len + 1, step);
}

/* SIGKILL does not reach the first process of a pid namespace from inside. */
static void die(void)
{
	(void)kill(getpid(), SIGKILL);
	_exit(128 + SIGKILL);
}

void step_undo(const struct step *steps, size_t n, void *context)
{
	while (n-- > 0)
		if (steps[n].undo)
			steps[n].undo(context);
}

int step_run(const char *table, const struct step *steps, size_t n, void *context, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		bool injected;
		int r;

		log_debug("%s: %s", table, steps[i].name);
		r = steps[i].run(context, e);
		if (is_chosen("LIGHTER_KILL_STEP", table, steps[i].name))
			die();
		injected = r >= 0 && is_chosen("LIGHTER_FAIL_STEP", table, steps[i].name);
		if (r >= 0 && !injected)
			continue;
		if (injected)
			(void)err_set(e, ERR_INTERNAL, "made to fail");
		step_undo(steps, injected ? i + 1 : i, context);
		return err_prefix(e, "%s", steps[i].name);
	}
	return 0;
}
