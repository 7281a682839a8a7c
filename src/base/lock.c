/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's own waiting (F_OFD_SETLKW) knows neither deadline nor descriptor, so a contended lock is asked for again
 * every few milliseconds while the cancel descriptor is polled. An uncontended lock costs one system call.
 */

#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"

enum { LOCK_ASK_MS = 10 };

int lock_try(int fd, enum lock_kind kind)
{
	struct flock whole = { .l_type = kind == LOCK_SHARED ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
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
