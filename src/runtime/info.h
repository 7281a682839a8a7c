/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `state` and `list` say about a container: the State of runtime.md, and rootfs, created and owner as runc adds. */

#include "runtime/runtime.h"

struct runtime_info {
	char *oci_version, *id, *bundle;
	char *rootfs;  /* "" for a root that exists in the container only */
	char *created; /* RFC 3339 */
	char *owner;   /* of the state directory: a name of the host, or "#UID" */
	const char *status;
	int pid; /* 0: stopped */
	struct strmap annotations;
};

int runtime_info(struct runtime_root *root, const char *id, struct runtime_info *ret, struct err *e);
void runtime_info_done(struct runtime_info *info);
void runtime_info_write(const struct runtime_info *info, struct json_writer *w);

struct runtime_list {
	struct runtime_info *items;
	size_t n;
};

/* Every container of the root, by id. One whose record cannot be read is a warning in the log. */
int runtime_list(struct runtime_root *root, struct runtime_list *ret, struct err *e);
void runtime_list_done(struct runtime_list *list);
