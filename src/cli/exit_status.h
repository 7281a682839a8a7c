/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one table from errors to exit statuses. */

#include "base/err.h"

/* `failure`: what the command says of its own failures (125 for run, 1 for most). */
int exit_status(enum err_code code, int failure);
