/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/id.h"
#include "base/io.h"

int file_read(int dir, const char *name, size_t max, struct str *to, struct err *e)
{
	/* A FIFO in the place of a file is empty, not a wait for its writer. */
	autofd int fd = path_open(dir, name, PATH_OWN, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	int r = fd < 0 ? fd : io_read_all(fd, max, to);

	return r < 0 ? err_sys(e, -r, "read '%s'", name) : 0;
}

int file_read_line(int dir, const char *name, char *to, size_t size)
{
	autofd int fd = path_open(dir, name, PATH_HOST, O_RDONLY | O_NOCTTY, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, to, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	to[strcspn(to, "\n")] = '\0';
	return 0;
}

int file_write_text_by(int dir, const char *name, enum path_policy policy, const char *text)
{
	autofd int fd = path_open(dir, name, policy, O_WRONLY | O_NOCTTY, 0);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int file_write_text(int dir, const char *name, const char *text)
{
	return file_write_text_by(dir, name, PATH_HOST, text);
}

static int file_fill(int fd, const void *bytes, size_t len, enum file_sync sync)
{
	int r = io_write_full(fd, bytes, len);

	if (r < 0)
		return r;
	return sync == FILE_DURABLE && fsync(fd) < 0 ? -errno : 0;
}

/* The directory entry itself is durable only after its directory was synced. */
static int file_sync_dir(int dir)
{
	autofd int fd = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(int dir, const char *name, const void *bytes, size_t len, mode_t mode, enum file_sync sync,
		 struct err *e)
{
	char temporary[ID_TEXT + 8], unique[ID_TEXT];
	autofd int fd = -EBADF;
	int r;

	r = id_new(unique);
	if (r < 0)
		return err_sys(e, -r, "replace '%s'", name);
	(void)snprintf(temporary, sizeof(temporary), ".tmp-%.16s", unique);
	fd = path_open(dir, temporary, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, mode);
	r = fd < 0 ? fd : file_fill(fd, bytes, len, sync);
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		(void)unlinkat(dir, temporary, 0);
	if (r == 0 && sync == FILE_DURABLE)
		r = file_sync_dir(dir);
	return r < 0 ? err_sys(e, -r, "replace '%s'", name) : 0;
}

/* 0 or -errno. */
static int file_link(int fd, int dir, const char *name)
{
	char proc[PATH_FD_LEN];

	if (linkat(AT_FDCWD, path_of_fd(fd, proc), dir, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return linkat(AT_FDCWD, proc, dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int file_place(int dir, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	autofd int fd = path_open(dir, ".", PATH_OWN, O_WRONLY | O_TMPFILE, mode);
	int r;

	/* Not every file system has files without a name. */
	if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL)
		return file_replace(dir, name, bytes, len, mode, FILE_ATOMIC, e);
	r = fd < 0 ? fd : io_write_full(fd, bytes, len);
	if (r == 0)
		r = file_link(fd, dir, name);
	return r < 0 ? err_sys(e, -r, "write '%s'", name) : 0;
}

int file_make_dir(int dir, const char *name, mode_t mode)
{
	if (mkdirat(dir, name, mode) < 0 && errno != EEXIST)
		return -errno;
	return path_open(dir, name, PATH_OWN, O_PATH | O_DIRECTORY, 0);
}
