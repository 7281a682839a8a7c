/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/sealed_exec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "linux/mount.h"

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* No copy: the same file through a mount that is read-only for ever, because no namespace holds it. */
static int seal_by_mount(int file)
{
	autofd int fd = mount_clone(file, "", false);
	int r;

	if (fd < 0)
		return fd;
	r = mount_set(fd, MOUNT_ATTR_RDONLY, 0, 0, false);
	return r < 0 ? r : take_fd(fd);
}

static int seal_by_copy(int file)
{
	autofd int copy = memfd_create("lighter", MFD_CLOEXEC | MFD_ALLOW_SEALING), in = -EBADF;
	char proc[PATH_FD_LEN];
	struct stat st;

	in = path_open(AT_FDCWD, path_of_fd(file, proc), PATH_HOST_MAGIC, O_RDONLY, 0);
	if (copy < 0)
		return -errno;
	if (in < 0)
		return in;
	if (fstat(in, &st) < 0)
		return -errno;
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = sendfile(copy, in, NULL, (size_t)(st.st_size - done));

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += n;
	}
	return fcntl(copy, F_ADD_SEALS, SEALS) < 0 ? -errno : take_fd(copy);
}

int sealed_open(const char *path, struct err *e)
{
	autofd int file = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_PATH, 0);
	int fd;

	if (file < 0)
		return err_sys(e, -file, "open program '%s'", path);
	if (weakened("selfexe"))
		return take_fd(file);
	fd = seal_by_mount(file);
	if (fd == -EPERM)
		fd = seal_by_copy(file);
	return fd < 0 ? err_sys(e, -fd, "seal program '%s'", path) : fd;
}

/* The mark alone proves nothing: anyone can set a variable. The file itself must refuse writers. */
static bool is_sealed(void)
{
	autofd int file = -EBADF;
	struct statvfs fs;
	int seals;

	if (!getenv(SEALED_MARK))
		return false;
	if (statvfs("/proc/self/exe", &fs) == 0 && fs.f_flag & ST_RDONLY)
		return true;
	file = path_open(AT_FDCWD, "/proc/self/exe", PATH_HOST_MAGIC, O_RDONLY, 0);
	seals = file < 0 ? -1 : fcntl(file, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS;
}

int sealed_reexec(char *const *argv, char **ret_name, struct err *e)
{
	const char *started_as = (const char *)getauxval(AT_EXECFN), *kept = getenv(SEALED_MARK);
	autofd int fd = -EBADF;

	if (weakened("selfexe") || is_sealed()) {
		*ret_name = strdup(kept ? kept : started_as);
		(void)unsetenv(SEALED_MARK);
		return *ret_name ? 0 : err_nomem(e);
	}
	fd = sealed_open("/proc/self/exe", e);
	if (fd < 0)
		return -1;
	if (setenv(SEALED_MARK, started_as, 1) < 0)
		return err_nomem(e);
	(void)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(e, errno, "start the sealed program");
}
