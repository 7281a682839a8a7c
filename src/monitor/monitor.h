/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The monitor: the second of the two processes of a container. It moves output to the log and to attached clients,
 * feeds stdin, and answers `monitor.sock`. It owns nothing that its death would lose: descriptors and shared memory are
 * the keeper's. When the keeper is lost, the monitor records the container's end in its place.
 */

#include "monitor/container.h"

struct monitor_run {
	struct container *container;
	int channel;   /* to the keeper */
	int client;    /* connected from the start, or -EBADF */
	int32_t flags; /* enum monitor_attach_flags of that client */
};

/* Runs until the container has ended and its output is delivered. 0, or -1 with the reason in the log. */
int monitor_run(const struct monitor_run *how);
