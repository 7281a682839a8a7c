/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SELinux: the labels that the calling thread gives to its next exec and to the keys that it makes. */

#include <stdbool.h>

/* Is it active on this machine? `root` is a descriptor of "/", where the kernel says so in /proc. */
bool selinux_enabled(int root);

/* The thread's attributes, see procattr.h: a descriptor or -errno. */
int selinux_open_exec(void);
int selinux_open_keycreate(void);

int selinux_label(int fd, const char *label); /* 0 or -errno; -EINVAL: the policy has no such label */
