/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * process.apparmorProfile and process.selinuxLabel: what the next exec of the calling thread, and its keys, are confined
 * by. What is asked for and not active on this machine is an error: a process never runs with less than it asked for.
 * The kernel's files are opened while /proc is still the caller's own, and written when the container stands.
 */

#include <errno.h>
#include <stdbool.h>

#include "oci/spec.h"

struct labels {
	int profile, label, key; /* descriptors; -EBADF: not asked for, or written */
};

#define LABELS_INIT { .profile = -EBADF, .label = -EBADF, .key = -EBADF }

void labels_done(struct labels *labels);

/* Before anything is made. */
int labels_check(const struct oci_process *p, struct err *e);

/* `keyring`: a keyring will be made. */
int labels_open(const struct oci_process *p, bool keyring, struct labels *ret, struct err *e);

/* Before the keyring is made, and before the exec. Each closes what it has written. */
int labels_set_key(const struct oci_process *p, struct labels *labels, struct err *e);
int labels_set_exec(const struct oci_process *p, struct labels *labels, struct err *e);
