/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/linux/key.h, which is not exported; what a new session keyring has (join_session_keyring), and the search. */
enum { KEY_NEW = 0x3f130000, KEY_USR_SEARCH = 0x00080000, KEY_OTH_SEARCH = 0x00000008 };

int keyring_join(const char *name, bool in_userns)
{
	long key = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
	unsigned permissions = KEY_NEW | (in_userns ? KEY_OTH_SEARCH : KEY_USR_SEARCH);

	if (key < 0)
		return errno == ENOSYS ? 0 : -errno;
	return syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions) < 0 ? -errno : 0;
}
