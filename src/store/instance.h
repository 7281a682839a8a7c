/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An instance: a data root and a run root, from which everything else derives: names of cgroups, the block of user
 * namespace ranges, sockets. Two instances never meet. Directories are 0700 and known by descriptor.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/own.h"

struct instance {
	char *root, *run_root;	 /* absolute, resolved once */
	int root_fd, run_fd;	 /* O_PATH */
	char tag[17];		 /* 16 hex digits, a hash of the data root: names of cgroups and links */
	char *cgroup_parent;	 /* "/lighter" for the default root, "/lighter-TAG" otherwise */
	uint32_t id_base;	 /* first host id of this instance's block of ranges */
	uint32_t id_ranges;	 /* ranges of 65536 ids; range N belongs to status slot N */
	char boot_id[40];
	char *libexec;		 /* directory of our programs, found from /proc/self/exe */
};

int instance_open(const char *root, const char *run_root, struct instance **ret, struct err *e);
void instance_free(struct instance *instance);
DEFINE_CLEANUP(struct instance *, instance_free)

/* Opens (makes, 0700) a directory below the data root or the run root: "containers", "images/blobs/sha256", ... */
int instance_dir(const struct instance *instance, const char *path, struct err *e);
int instance_run_dir(const struct instance *instance, const char *path, struct err *e);
