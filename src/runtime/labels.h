/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * process.apparmorProfile and process.selinuxLabel: what the next exec of the calling thread, and its keys, are confined
 * by. A SELinux label is an error where SELinux is not active, and so is a profile that the caller names. A profile of the
 * document is a warning where the kernel has no AppArmor, as crun has it: the validation program wants that. The kernel's files are opened while /proc is still the caller's own, and written when the container stands.
 */

#include <errno.h>
#include <stdbool.h>

#include "oci/spec.h"

struct labels {
	int profile, label, key; /* descriptors; -EBADF: not asked for, or written */
};

#define LABELS_INIT { .profile = -EBADF, .label = -EBADF, .key = -EBADF }

void labels_done(struct labels *labels);

/* Before anything is made; of a document, and of the caller's own word. */
int labels_check(const struct oci_process *p, struct err *e);
int labels_check_profile(const char *profile, struct err *e);

/* `keyring`: a keyring will be made. */
int labels_open(const struct oci_process *p, bool keyring, struct labels *ret, struct err *e);

/* Before the keyring is made, and before the exec. Each closes what it has written. */
int labels_set_key(const struct oci_process *p, struct labels *labels, struct err *e);
int labels_set_exec(const struct oci_process *p, struct labels *labels, struct err *e);
