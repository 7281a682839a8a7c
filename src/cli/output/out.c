/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int out_bytes(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			(void)poll(&wait, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return -errno;
		} else if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int out_str(const struct str *text, struct err *e)
{
	int r;

	if (text->failed)
		return err_nomem(e);
	r = out_bytes(STDOUT_FILENO, str_text(text), text->len);
	return r < 0 ? err_sys(e, -r, "write to standard output") : 0;
}

int out_line(const char *line, struct err *e)
{
	autostr struct str text = STR_INIT;

	str_add(&text, line);
	str_add_char(&text, '\n');
	return out_str(&text, e);
}
