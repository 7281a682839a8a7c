/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Docker knows two statuses for failures of its own: 125 where 0 to 124 belong to the container's program (run, and
 * every misuse of a flag), 1 elsewhere. A cancelled command ends like one that SIGINT killed. 126, 127 and the program's
 * own status are results, not errors, and never come through here.
 */

#include "cli/exit_status.h"

#include <signal.h>

#include "base/own.h"

enum { BY_COMMAND = 0 };

static const int statuses[ERR_CODES] = {
	[ERR_INVALID] = BY_COMMAND,
	[ERR_NOT_FOUND] = BY_COMMAND,
	[ERR_CONFLICT] = BY_COMMAND,
	[ERR_DENIED] = BY_COMMAND,
	[ERR_EXHAUSTED] = BY_COMMAND,
	[ERR_UNAVAILABLE] = BY_COMMAND,
	[ERR_UNSUPPORTED] = BY_COMMAND,
	[ERR_CANCELLED] = 128 + SIGINT,
	[ERR_DEADLINE] = BY_COMMAND,
	[ERR_INTERNAL] = BY_COMMAND,
};

int exit_status(enum err_code code, int failure)
{
	int status = (size_t)code < ARRAY_SIZE(statuses) ? statuses[code] : BY_COMMAND;

	return status == BY_COMMAND ? failure : status;
}
