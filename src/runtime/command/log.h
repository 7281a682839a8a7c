/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where messages go. With --log everything goes to that file in the form of --log-format: containerd and Docker show the
 * last error line of it when a call has failed. Errors are said on stderr besides, as one sentence.
 */

#include "runtime/command/command.h"

int log_open(struct command_globals *g, struct err *e);

/* The error that ends the call. */
void log_failure(const struct command_globals *g, const struct err *e);
