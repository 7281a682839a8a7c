/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AppArmor: the profile that the calling thread takes at its next exec. */

#include <stdbool.h>

/* Is it active on this machine? `root` is a descriptor of "/", where the kernel says so in /sys. */
bool apparmor_enabled(int root);

int apparmor_open(void); /* the thread's exec attribute, see procattr.h: a descriptor or -errno */
int apparmor_on_exec(int fd, const char *profile); /* 0 or -errno; -ENOENT: no such profile is loaded */
