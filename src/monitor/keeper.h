/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keeper: the parent of a container's first process, alone responsible for its end. It waits, writes the exit record,
 * holds the descriptors of the container's stdio and `monitor.sock`, and starts the monitor again when that dies. It
 * parses nothing and takes no memory after its start: what needs either happens in a fork.
 */

/* The descriptors that lighter-monitor is started with; engine/monitor_client.c. */
enum { KEEPER_SOCK = 3, KEEPER_RUN_DIR = 4, KEEPER_LOCK = 5, KEEPER_CGROUPS = 6, KEEPER_CGROUPS_MAX = 16 };

/* Forks the keeper off and returns at once in the caller: 0 or -errno. The keeper never returns. */
int keeper_start(unsigned n_cgroups);
