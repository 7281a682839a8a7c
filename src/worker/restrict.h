/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Giving up, before the first foreign byte, everything that a job does not need: the mount namespace (an empty root with
 * copies of the resolver's files), the network if it needs none, capabilities, new privileges, being traced, most system
 * calls. The worker is root of a user namespace of its own, mapped onto ids that nothing else on the host has, and can
 * write in one place: the staging directory, through an idmapped mount that gives files the image's own ids on disk.
 *
 * Where a file system cannot be idmapped (tmpfs before 6.3) or the ids are not ours to map, one fallback: the worker
 * stays in its user namespace with the six capabilities that unpacking takes, and nothing else of the above changes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct restrict_how {
	int staging; /* the staging directory */
	int client;  /* the socket of the client, with whom the worker dies */
	bool network;
	int blobs; /* a directory that may be read, < 0: none */
};

struct restrict_result {
	int staging;	   /* owned: write through this one */
	uint32_t id_limit; /* ids of files must be below */
	int blobs;	   /* owned: read through this one */
};

/* The process's own restriction: there is no way back. */
int restrict_self(const struct restrict_how *how, struct restrict_result *ret, struct err *e);

/* The system calls that are left: -errno. Needs no_new_privs. worker/syscalls.c */
int restrict_syscalls(void);
