/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs another program to its end and keeps the beginning of what it says, on stdout and stderr. */

#include "base/proc.h"
#include "base/str.h"

/* `how` without keep and new_session, which are ours. `stdio` is its stdin, stdout and stderr; output of which it is
 * negative goes to `said`: the first `max` bytes are appended, without newlines at the end. *ret_status is as
 * proc_wait's, or -ETIMEDOUT when it was killed with all it has started at the deadline (clock_boot ns, 0: none). An
 * error: it could not be started. */
int proc_run(const struct proc_spawn *how, const int stdio[static 3], int64_t deadline, size_t max, struct str *said,
	     int *ret_status, struct err *e);
