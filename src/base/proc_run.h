/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs another program to its end and keeps the beginning of what it says, on stdout and stderr. */

#include "base/proc.h"
#include "base/str.h"

/* `how` without keep and new_session, which are ours. `input` is its stdin. *ret_status is as proc_wait's, or -ETIMEDOUT
 * when it was killed with all it has started at the deadline (clock_boot ns, 0: none). Of its output the first `max`
 * bytes are appended to `said`, without newlines at the end. An error: it could not be started. */
int proc_run(const struct proc_spawn *how, int input, int64_t deadline, size_t max, struct str *said, int *ret_status,
	     struct err *e);
