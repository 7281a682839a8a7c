/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state root: --root, or /run/lighter-runtime for the machine's root and $XDG_RUNTIME_DIR/lighter-runtime for
 * everyone else, root of a user namespace included, by runc's rules.
 */

#include "runtime/command/command.h"

int root_open(const struct command_globals *g, struct runtime_root **ret, struct err *e);
