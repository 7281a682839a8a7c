/* SPDX-License-Identifier: Apache-2.0 */

/* Sources without state of their own. */

#include "archive/source.h"

#include <errno.h>
#include <unistd.h>

int source_read_full(struct source *s, void *to, size_t len, struct err *e)
{
	char *at = to;
	size_t done = 0;

	while (done < len) {
		ssize_t n = source_read(s, at + done, len - done, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return done == 0 ? 0 : err_set(e, ERR_INVALID, "the data ends too early");
		done += (size_t)n;
	}
	return 1;
}

static ssize_t fd_read(struct source *s, void *to, size_t len, struct err *e)
{
	ssize_t n;

	do
		n = read(((struct source_fd *)s)->fd, to, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(e, errno, "read") : n;
}

void source_fd_init(struct source_fd *s, int fd)
{
	*s = (struct source_fd){ .source = { .read = fd_read }, .fd = fd };
}
