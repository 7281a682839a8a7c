/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sleeping without a program in memory: the pages of code and constants are unmapped before the wait. Those that are
 * needed again come back from the page cache, a fault for each 64 KiB; what only the start used does not.
 */

#include <poll.h>
#include <stddef.h>

/* poll(2) without a deadline: the number of ready descriptors or -errno. */
int idle_poll(struct pollfd *fds, size_t n);
