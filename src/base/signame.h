/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Signals by name. */

#include "base/err.h"

/* "KILL", "SIGKILL", "sigkill", "9", "RTMIN+3", "RTMAX-1": 1 to 64, or ERR_INVALID "invalid signal: TEXT". */
int signame_parse(const char *text, int *ret, struct err *e);
