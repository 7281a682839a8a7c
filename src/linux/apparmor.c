/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/apparmor.h"

#include <errno.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/procattr.h"

bool apparmor_enabled(int root)
{
	char line[8];

	return file_read_line(root, "sys/module/apparmor/parameters/enabled", line, sizeof(line)) >= 0 && str_eq(line, "Y");
}

/* attr/apparmor since 5.1's stacking; before, and without it, attr belongs to the one LSM there is. */
int apparmor_open(void)
{
	int fd = procattr_open("apparmor/exec");

	return fd == -ENOENT ? procattr_open("exec") : fd;
}

int apparmor_on_exec(int fd, const char *profile)
{
	autofree char *command = str_format("exec %s", profile);

	return command ? procattr_write(fd, command) : -ENOMEM;
}
