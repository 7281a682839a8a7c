/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's own waiting (F_OFD_SETLKW) knows neither deadline nor descriptor, so a contended lock is asked for again
 * every few milliseconds while the cancel descriptor is polled. An uncontended lock costs one system call.
 */

#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

enum { LOCK_ASK_MS = 10, LOCK_LIST_MAX = 1 << 20 /* bytes of /proc/locks */ };

int lock_try(int fd, enum lock_kind kind)
{
	struct flock whole = { .l_type = kind == LOCK_SHARED ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

void lock_release(int fd)
{
	struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	(void)fcntl(fd, F_OFD_SETLK, &whole);
}

int lock_wait(int fd, enum lock_kind kind, int cancel_fd, int64_t deadline)
{
	struct pollfd cancel = { .fd = cancel_fd > 0 ? cancel_fd : -1, .events = POLLIN };

	for (;;) {
		int r = lock_try(fd, kind);

		if (r != -EAGAIN)
			return r;
		if (clock_boot() >= deadline)
			return -ETIMEDOUT;
		if (poll(&cancel, 1, LOCK_ASK_MS) > 0)
			return -ECANCELED;
	}
}

int lock_directory(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

void lock_directory_end(int fd)
{
	(void)flock(fd, LOCK_UN);
}

/* "1: FLOCK  ADVISORY  WRITE 4711 08:01:1835 0 EOF"; an OFD lock is of nobody: -1. "->" marks one who waits. */
static pid_t lock_line_holder(const char *line, const struct stat *st)
{
	unsigned long long inode;
	unsigned major, minor;
	int pid;

	if (sscanf(line, "%*s %*s ADVISORY WRITE %d %x:%x:%llu", &pid, &major, &minor, &inode) != 4)
		return 0;
	return major == major(st->st_dev) && minor == minor(st->st_dev) && inode == st->st_ino && pid > 0 ? pid : 0;
}

pid_t lock_holder(const struct stat *file)
{
	autofd int list = path_open(AT_FDCWD, "/proc/locks", PATH_HOST, O_RDONLY, 0);
	autostr struct str text = STR_INIT;
	pid_t holder = 0;

	if (list < 0 || io_read_all(list, LOCK_LIST_MAX, &text) < 0)
		return 0;
	for (const char *line = str_text(&text); *line && holder == 0; line += strcspn(line, "\n"), line += *line != '\0')
		holder = lock_line_holder(line, file);
	return holder;
}

pid_t lock_directory_holder(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : lock_holder(&st);
}
