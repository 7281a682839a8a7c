/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/procattr.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { PROC_ROOT_INODE = 1 };

int procattr_root(void)
{
	autofd int proc = path_open(AT_FDCWD, "/proc", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	struct statfs fs;
	struct stat st;

	if (proc < 0)
		return proc;
	if (fstatfs(proc, &fs) < 0 || fstat(proc, &st) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC && st.st_ino == PROC_ROOT_INODE ? take_fd(proc) : -EXDEV;
}

int procattr_open(const char *name)
{
	autofree char *path = str_format("thread-self/attr/%s", name);
	autofd int proc = procattr_root();

	if (proc < 0)
		return proc;
	return path ? path_open(proc, path, PATH_IN_ROOT_SAME_MOUNT, O_RDWR, 0) : -ENOMEM;
}

int procattr_write(int fd, const char *value)
{
	size_t len = strlen(value);
	ssize_t n = pwrite(fd, value, len, 0);
	char now;

	if (n < 0)
		return -errno;
	if ((size_t)n != len)
		return -EIO;
	n = pread(fd, &now, 1, 0);
	if (n < 0)
		return -errno;
	return n == 1 && now ? 0 : -EIO;
}
