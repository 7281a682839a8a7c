/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A running container as files, and back, by CRIU. The files are criu's images, descriptors.json beside them says what
 * 0, 1 and 2 were, as runc has it: a checkpoint of the one runtime can be restored by the other. What criu cannot know,
 * because it lies outside of the container, comes from the configuration: sources of bind mounts, cgroups, namespaces
 * that are joined.
 *
 * checkpoint.c and restore.c are the two ways; criu_image.c, criu_mounts.c and criu_namespaces.c what they have in common.
 */

#include "runtime/runtime.h"

/* Strings are borrowed. */
struct runtime_criu {
	const char *program;	  /* a path or a name to look for in PATH; NULL: criu */
	const char *images;	  /* directory */
	const char *work;	  /* directory of the log; NULL: that of the images */
	const char *cgroups_mode; /* soft, full, strict, ignore; NULL: soft */
	bool tcp_established, ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
};

struct runtime_checkpoint {
	struct runtime_criu criu;
	const char *parent;	 /* directory of an earlier one, relative to `images`; NULL: none */
	const char *page_server; /* ADDRESS:PORT; NULL: none */
	int status_fd;		 /* is told when lazy pages can be fetched; -EBADF: nobody */
	bool leave_running, pre_dump, tcp_skip_in_flight;
};

/* Without leave_running and pre_dump the container is gone when this returns; a failure leaves it running as before. */
int runtime_checkpoint(struct runtime_root *root, const char *id, const struct runtime_checkpoint *how, struct err *e);

struct runtime_restore {
	struct runtime_create create; /* its stdio take the place of the pipes that were 0, 1 and 2 */
	struct runtime_criu criu;
	const char *lsm_profile, *lsm_mount_context; /* instead of the saved ones; NULL: those */
};

/* A container from a checkpoint, running when this returns: *ret is its first process, a child of ours. Of the hooks it
 * has prestart and createRuntime, as a new one; those of a start are not run again. */
int runtime_restore(struct runtime_root *root, const struct runtime_restore *how, struct proc *ret, struct err *e);

/* The step table, for the test that makes each step fail. */
const struct step *restore_steps(size_t *ret_n);
