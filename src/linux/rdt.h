/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Resource control of caches and memory bandwidth (Intel RDT, AMD QoS): the resctrl file system. A group is a directory
 * below its root, with its classes of service in `schemata` and its threads in `tasks`; a monitoring group within it
 * counts what some of them use. Everything is below a descriptor of the root, which rdt_open finds.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/vec.h"

int rdt_open(struct err *e); /* O_PATH; ERR_UNSUPPORTED when none is mounted */

struct rdt_config {
	const char *group;	/* "/": the root's; NULL: one of the container's own */
	const char *id;		/* names the container's own group, and its monitoring group */
	struct strv schemata;	/* lines, in the order of writing */
	bool monitor;
};

/* What was made, and must be removed with the container. */
struct rdt_group {
	char *name;   /* of the group; NULL: none */
	bool owned;   /* the directory was made here */
	bool monitor; /* so was the monitoring group ID within it */
};

/* config-linux.md, "IntelRdt": a group of the container's own is made; one that is named is made when schemata say how,
 * must be there when none do, and must agree with them when it is. */
int rdt_make(int root, const struct rdt_config *config, struct rdt_group *ret, struct err *e);
int rdt_join(int root, const struct rdt_group *group, const char *id, pid_t pid, struct err *e);
int rdt_write(int root, const struct rdt_group *group, const struct strv *schemata, struct err *e);
int rdt_remove(int root, const struct rdt_group *group, const char *id, struct err *e);
void rdt_group_done(struct rdt_group *group);

bool rdt_has(int root, const char *resource); /* info/RESOURCE: "L3", "MB", "L3_MON" */

/* One word of closID that is a directory's name and none of resctrl's own. */
bool rdt_is_name(const char *name);

/* Does a group that has `there` in its schemata do what `wanted` says? Lines "L3:0=ff;1=c0", "MB:0=20". */
bool rdt_agrees(const char *there, const char *wanted);
