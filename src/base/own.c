/* SPDX-License-Identifier: Apache-2.0 */
#include "base/own.h"

#include <stdint.h>
#include <sys/syscall.h>

/* Descriptors are given out from the lowest free number: a word of bits holds what a stretch leaves. */
enum { STANDARD = 3, DEFERRED = 64 };

static unsigned depth;
static uint64_t deferred;

void own_close_now(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

void own_close(const int *fd)
{
	if (depth > 0 && *fd >= STANDARD && *fd < DEFERRED)
		deferred |= UINT64_C(1) << *fd;
	else
		own_close_now(fd);
}

void own_defer_begin(void)
{
	depth++;
}

static void close_all(uint64_t fds)
{
	while (fds) {
		int first = __builtin_ctzll(fds), n = ~(fds >> first) ? __builtin_ctzll(~(fds >> first)) : DEFERRED - first;

		if (n == 1)
			(void)close(first);
		else
			(void)syscall(SYS_close_range, first, first + n - 1, 0);
		fds = first + n < DEFERRED ? fds >> (first + n) << (first + n) : 0;
	}
}

void own_defer_end(void)
{
	int saved = errno;

	if (--depth > 0)
		return;
	close_all(deferred);
	deferred = 0;
	errno = saved;
}
