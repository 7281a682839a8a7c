/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole reads and writes on descriptors. EINTR is retried; everything from outside has a maximum size. */

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/str.h"

/* Exactly `len` bytes, or -errno; a short file is -ENODATA. */
int io_read_full(int fd, void *to, size_t len);
int io_write_full(int fd, const void *from, size_t len);
int io_writev_full(int fd, struct iovec *iov, size_t n); /* consumes iov */

/* Appends all that is left to `to`; more than `max` bytes is -EFBIG. */
int io_read_all(int fd, size_t max, struct str *to);
/* The same of a regular file of `size` bytes: there it ends, whatever is appended meanwhile. */
int io_read_file(int fd, size_t size, size_t max, struct str *to);

/* SCM_RIGHTS over a unix socket: `n` descriptors (at most 64) and `len` >= 1 bytes, in one message. */
int io_send_fds(int sock, const void *from, size_t len, const int *fds, size_t n);

/* Receives one message; what was sent close-on-exec or not arrives close-on-exec. *ret_n: in: room, out: received.
 * Returns the number of bytes, 0 at the end of the stream, or -errno. Surplus descriptors are closed: -EMSGSIZE. */
ssize_t io_recv_fds(int sock, void *to, size_t len, int *fds, size_t *ret_n);
