/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/id.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

static int temporary_name(char to[static ID_TEXT])
{
	int error = id_new(to);

	to[32] = '\0';
	return error;
}

/* The new file takes its name; its directory is synced. */
static int put(const struct registry *r, const char *temporary, const char *repository, const char *directory, const char *name)
{
	autofd int dir = repository_make(r, repository, directory);
	int error = dir < 0 ? dir : 0;

	if (error == 0 && renameat(r->uploads, temporary, dir, name) < 0)
		error = -errno;
	if (error == 0 && fsync(dir) < 0)
		error = -errno;
	if (error < 0)
		(void)unlinkat(r->uploads, temporary, 0);
	return error;
}

int place_text(const struct registry *r, const char *repository, const char *directory, const char *name, const char *text,
	       size_t len)
{
	char temporary[ID_TEXT];
	autofd int fd = -EBADF;
	int error = temporary_name(temporary);

	if (error < 0)
		return error;
	fd = path_open(r->uploads, temporary, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return fd;
	error = io_write_full(fd, text, len);
	if (error == 0 && fdatasync(fd) < 0)
		error = -errno;
	if (error < 0) {
		(void)unlinkat(r->uploads, temporary, 0);
		return error;
	}
	return put(r, temporary, repository, directory, name);
}
