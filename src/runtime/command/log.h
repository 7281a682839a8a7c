/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The file of --log: what containerd and Docker look for when a call has failed is the last error line there. */

#include "runtime/command/command.h"

void log_append(const struct command_globals *g, const struct err *e);
