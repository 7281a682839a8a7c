/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One end of the stream to a container's monitor (formats/monitor_msg says what the bytes are). Output arrives in
 * order and complete: the EXIT event comes after the last byte. A slow reader holds back its own copy alone, up to a
 * bound, then is dropped; the log never waits for it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/own.h"

struct attach;

enum attach_event_type { ATTACH_OUTPUT, ATTACH_EXIT, ATTACH_LOST };

struct attach_event {
	enum attach_event_type type;
	int stream;	   /* OUTPUT: 1 or 2 */
	const char *bytes; /* OUTPUT: borrowed until the next call */
	size_t len;
	int code;	   /* EXIT: the exit code */
	bool cleanup;	   /* EXIT: the receiver is to call engine_cleanup (--rm) and then attach_cleaned */
};

/* Takes a connected socket on which the monitor sends output. NULL when out of memory; the socket is closed then. */
struct attach *attach_new(int sock);

/* Becomes readable when attach_next has something, writable when attach_write will not wait: a caller that must stay
 * responsive polls for POLLOUT before it reads its own stdin. */
int attach_fd(const struct attach *a);

/* Blocks for the next event. ATTACH_LOST: the monitor went away; engine_wait still tells the exit code. */
int attach_next(struct attach *a, struct attach_event *ret, struct err *e);

/* -EAGAIN never: writes wait. -EPIPE when the container's stdin is closed. */
int attach_write(struct attach *a, const void *bytes, size_t len);
int attach_close_stdin(struct attach *a);
int attach_resize(struct attach *a, uint32_t rows, uint32_t columns);

/* The duty of ATTACH_EXIT.cleanup is done. Waits, for two seconds at most, until the keeper has released what the
 * container held in the kernel (cgroups, the runtime's state), so that nothing is left when the caller exits. */
int attach_cleaned(struct attach *a);

void attach_free(struct attach *a); /* detaches */
DEFINE_CLEANUP(struct attach *, attach_free)
