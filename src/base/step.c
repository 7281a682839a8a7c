/* SPDX-License-Identifier: Apache-2.0 */
#include "base/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/weaken.h"

static bool must_fail(const char *table, const char *step)
{
	const char *wanted = weakened("fail-steps") ? getenv("LIGHTER_FAIL_STEP") : NULL;
	size_t len = strlen(table);

	return wanted && strncmp(wanted, table, len) == 0 && wanted[len] == '/' && str_eq(wanted + len + 1, step);
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
		injected = r >= 0 && must_fail(table, steps[i].name);
		if (r >= 0 && !injected)
			continue;
		if (injected)
			(void)err_set(e, ERR_INTERNAL, "made to fail");
		step_undo(steps, injected ? i + 1 : i, context);
		return err_prefix(e, "%s", steps[i].name);
	}
	return 0;
}
