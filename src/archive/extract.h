/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directory sink: a layer's tar becomes files below one directory, which is what overlay wants as a lower directory.
 * Every name is resolved inside that directory; ids are the image's own. Whiteouts become 0:0 character devices. What
 * takes privilege (device nodes, opaque marks) is handed to the caller as records.
 */

#include "archive/tar_read.h"

enum extract_special_kind { EXTRACT_OPAQUE, EXTRACT_CHAR, EXTRACT_BLOCK };

struct extract_special {
	enum extract_special_kind kind;
	const char *path; /* relative to the root; "" is the root itself */
	const struct tar_entry *entry; /* of a node; NULL for EXTRACT_OPAQUE */
};

struct extract_how {
	int root;	   /* the empty directory */
	uint32_t id_limit; /* ids must be below */
	int (*special)(const struct extract_special *s, void *arg, struct err *e);
	void *arg;
};

struct extract_result {
	uint64_t size;	      /* bytes of regular files */
	uint32_t greatest_id; /* greatest uid or gid */
};

int extract_layer(struct tar_reader *tar, const struct extract_how *how, struct extract_result *ret, struct err *e);
