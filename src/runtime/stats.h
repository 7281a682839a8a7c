/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a container uses, as `runc events` says it: one JSON object a line, {"type": "stats", "id": ..., "data": {...}}.
 * Field names, their order and which of them are left out when zero are runc's (types/events.go of 1.5).
 */

#include "linux/cgroup_stat.h"
#include "linux/rdt_stat.h"

/* `rdt` NULL: the container has no resctrl group. Appends the line with its newline. */
void stats_write(const char *id, const struct cgroup_stat *stat, const struct rdt_stat *rdt, struct str *to);
void stats_write_oom(const char *id, struct str *to);
