/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The end of a container: the record, what the kernel still holds for it, and what needs the store. Used by the keeper,
 * and by the monitor when the keeper was lost.
 */

#include <stdbool.h>

#include "monitor/container.h"

struct exit_end {
	int code;	  /* -1: unknown */
	bool keeper_lost;
};

/* Writes the exit record (synced unless --rm), then the status slot. From then on the container has ended. */
void exit_record_end(struct container *c, const struct exit_end *end);

/* Forks a child that removes the runtime's state and cgroups. *ret is PROC_INIT when that failed (logged). */
void exit_release(const struct container *c, struct proc *ret);

/* Becomes `cleanup ... container cleanup ID` of the launch record; returns only when there is nothing to run. */
void exit_become_cleanup(const struct container *c);
