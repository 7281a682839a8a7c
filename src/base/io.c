/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { IO_FDS_MAX = 64, IO_CHUNK = 16384 };

int io_read_full(int fd, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n == 0)
			return -ENODATA;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int io_write_full(int fd, const void *from, size_t len)
{
	const char *at = from;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int io_writev_full(int fd, struct iovec *iov, size_t n)
{
	while (n > 0) {
		ssize_t done = writev(fd, iov, (int)n);

		if (done < 0 && errno != EINTR)
			return -errno;
		while (done > 0 && n > 0 && (size_t)done >= iov->iov_len) {
			done -= (ssize_t)iov->iov_len;
			iov++;
			n--;
		}
		while (n > 0 && iov->iov_len == 0) {
			iov++;
			n--;
		}
		if (done > 0) {
			iov->iov_base = (char *)iov->iov_base + done;
			iov->iov_len -= (size_t)done;
		}
	}
	return 0;
}

int io_read_all(int fd, size_t max, struct str *to)
{
	return io_read_file(fd, SIZE_MAX, max, to);
}

int io_read_file(int fd, size_t size, size_t max, struct str *to)
{
	size_t start = to->len;

	for (;;) {
		char *at = str_reserve(to, IO_CHUNK);
		ssize_t n;

		if (!at)
			return -ENOMEM;
		n = read(fd, at, IO_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		to->len += (size_t)n;
		to->data[to->len] = '\0';
		if (n == 0)
			return 0;
		if (to->len - start > max)
			return -EFBIG;
		if (to->len - start >= size)
			return 0;
	}
}

int io_send_fds(int sock, const void *from, size_t len, const int *fds, size_t n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * IO_FDS_MAX)];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)from, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (n > IO_FDS_MAX)
		return -EINVAL;
	if (n > 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n);
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EMSGSIZE;
}

static int io_keep_fds(struct msghdr *msg, int *fds, size_t *ret_n)
{
	size_t room = *ret_n, n = 0;
	int result = msg->msg_flags & MSG_CTRUNC ? -EMSGSIZE : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < room) {
				fds[n++] = fd;
			} else {
				(void)close(fd);
				result = -EMSGSIZE;
			}
		}
	}
	*ret_n = n;
	return result;
}

ssize_t io_recv_fds(int sock, void *to, size_t len, int *fds, size_t *ret_n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * IO_FDS_MAX)];
	} control;
	struct iovec iov = { .iov_base = to, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;
	int r;

	msg.msg_control = control.room;
	msg.msg_controllen = sizeof(control.room);
	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	r = io_keep_fds(&msg, fds, ret_n);
	if (r < 0) {
		for (size_t i = 0; i < *ret_n; i++)
			(void)close(fds[i]);
		*ret_n = 0;
		return r;
	}
	return got;
}
