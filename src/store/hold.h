/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The instance's lock files, held by name: the holder leaves one line about itself in the file, so that who waits in
 * vain can say for whom. The order is instance < image < container < network; nobody waits for a lock of a lower order
 * than one it holds.
 */

#include <stdint.h>

#include "base/err.h"

/* Locks `fd` (open for reading and writing) for the one who is `doing` ("start", "pull ..."). ERR_DEADLINE names the
 * holder. The lock goes with the descriptor. */
int hold_wait(int fd, const char *doing, int64_t deadline, struct err *e);
