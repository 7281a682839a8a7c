/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is said over `monitor.sock` in a container's run directory: a SOCK_SEQPACKET unix socket, one message a packet:
 * a fixed header and at most MONITOR_MSG_BODY bytes. The first message of a client says what the connection is for.
 * Descriptors travel with the message that the table names. A message that does not hold ends the connection.
 *
 *   ATTACH  flags -> OUTPUT..., EXIT; meanwhile STDIN, STDIN_CLOSE, RESIZE, CLEANED
 *   KILL    signal -> OK | ERROR
 *   WAIT    -> EXIT
 *   EXEC    [request memfd, stdin, stdout, stderr] -> STARTED [pty master with a tty] | ERROR, then EXIT
 *
 * Whoever starts a container holds the connection from the start: STARTED | ERROR, then as ATTACH.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

#define MONITOR_SOCKET "monitor.sock"

enum {
	MONITOR_MSG_VERSION = 1,
	MONITOR_MSG_BODY = 65536,
	MONITOR_MSG_FDS = 4,
	MONITOR_EXEC_MAX = 4 << 20, /* bytes of an exec request */
};

enum monitor_msg_type {
	MONITOR_MSG_NONE,
	/* to the monitor */
	MONITOR_ATTACH,	     /* a: enum monitor_attach_flags; b: rows << 16 | columns, 0: unknown */
	MONITOR_STDIN,	     /* body */
	MONITOR_STDIN_CLOSE,
	MONITOR_RESIZE,	     /* b: rows << 16 | columns */
	MONITOR_CLEANED,
	MONITOR_KILL,	     /* a: signal */
	MONITOR_WAIT,
	MONITOR_EXEC,
	/* from the monitor */
	MONITOR_OUTPUT,	     /* a: stream; body */
	MONITOR_EXIT,	     /* a: code; b: 1: the receiver has the duty to clean up */
	MONITOR_OK,
	MONITOR_ERROR,	     /* a: exec failure 126, 127 or 0; body: struct monitor_error and text */
	MONITOR_STARTED,
	MONITOR_MSG_TYPES,
};

enum monitor_attach_flags { MONITOR_ATTACH_STDIN = 1, MONITOR_ATTACH_STDOUT = 2, MONITOR_ATTACH_STDERR = 4 };

struct monitor_msg {
	uint16_t version;
	uint16_t type; /* enum monitor_msg_type */
	uint32_t len;  /* of the body */
	int32_t a, b;
};

/* Checks a received packet: version, a type, its length. Points *ret_body into `bytes`. 0 or -EBADMSG. */
int monitor_msg_check(const void *bytes, size_t len, struct monitor_msg *ret, const char **ret_body);

/* Sends one message (never SIGPIPE); fds may be NULL. `flags`: MSG_DONTWAIT or 0. 0 or -errno. */
int monitor_msg_send(int sock, enum monitor_msg_type type, int32_t a, int32_t b, const void *body, size_t len,
		     const int *fds, size_t n_fds, int flags);

/* An error as a message, and back. */
int monitor_msg_send_error(int sock, int exec_failure, const struct err *e, int flags);
void monitor_msg_error(const struct monitor_msg *msg, const char *body, struct err *ret);

/* ---- the exec request: a packed record in a memfd, read by the helper that runs the process ---- */

enum monitor_exec_flags { MONITOR_EXEC_TTY = 1, MONITOR_EXEC_PRIVILEGED = 2, MONITOR_EXEC_DETACH = 4 };

struct monitor_exec {
	uint32_t flags; /* enum monitor_exec_flags */
	uint32_t rows, columns;
	char *user, *working_dir; /* NULL: as the container's own */
	struct strv args, env;
};

void monitor_exec_done(struct monitor_exec *exec);
void monitor_exec_encode(const struct monitor_exec *exec, struct str *to);
int monitor_exec_decode(const void *bytes, size_t len, struct monitor_exec *ret, struct err *e);

/* 127 for a program that does not exist, 126 for one that cannot be run, else 0: an error of our own. */
int monitor_exec_failure(const struct err *e);
