/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/selinux.h"

#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/procattr.h"

enum { FILESYSTEMS_MAX = 64 << 10 };

/* The kernel registers selinuxfs exactly if SELinux was enabled at boot. */
bool selinux_enabled(int root)
{
	autostr struct str text = STR_INIT;

	return file_read(root, "proc/filesystems", FILESYSTEMS_MAX, &text, NULL) == 0 &&
	       strstr(str_text(&text), "\tselinuxfs\n") != NULL;
}

int selinux_open_exec(void)
{
	return procattr_open("exec");
}

int selinux_open_keycreate(void)
{
	return procattr_open("keycreate");
}

int selinux_label(int fd, const char *label)
{
	return procattr_write(fd, label);
}
