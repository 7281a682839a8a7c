/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Calls of systemd's manager by lighter-systemd, a program beside our own. */

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"

struct systemd_caller {
	const char *started_as; /* how our own program was started; borrowed */
	bool user;		/* the calling user's manager, not the machine's */
};

/* `words`: a verb, a unit and what the verb takes (systemd/unit.h). The error is the program's. */
int systemd_call(const struct systemd_caller *caller, const struct strv *words, struct err *e);

/* Is the machine's systemd not ours to ask? It is not for ordinary users, nor for one who is root in a user namespace only. */
bool systemd_is_foreign(void);
