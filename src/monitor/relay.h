/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The container's output on its way from the pipe to the log, kept so that kill -9 of the monitor between any two
 * instructions loses and doubles nothing. The memory is shared with the keeper, who never looks into it but hands it to
 * the next monitor, which begins with relay_recover.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "monitor/logs.h"

enum {
	RELAY_BATCH = 256 << 10, /* bytes taken from a pipe at once */
	RELAY_DATA = RELAY_BATCH + 3 * LOGFILE_PIECE,
};

enum relay_phase { RELAY_IDLE, RELAY_READING, RELAY_LOGGING };

/* One stream. [start, end) of data is read and not yet in the log. */
struct relay_stream {
	uint32_t phase;
	bool eof;
	bool partial, next_partial; /* the bytes at start continue a line of which a piece is in the log */
	uint64_t range;		    /* start | end << 32: moved in one store */
	uint32_t base;		    /* READING: end before */
	uint32_t expected;	    /* READING: bytes in the staging pipe before */
	uint32_t upto;		    /* LOGGING: start after */
	int64_t time;		    /* of the batch */
	int64_t partial_time, next_partial_time;
	uint64_t log_size, index_size; /* LOGGING: of the files before */
};

struct relay_memory {
	struct relay_stream streams[2];
	struct logs_shared logs;
	bool stdin_owned; /* a client that was attached from the start feeds stdin: its end is stdin's end */
	_Alignas(4096) char data[2][RELAY_DATA];
};

/* Shared, zeroed, and nothing of it touched yet. NULL and errno. */
struct relay_memory *relay_memory_new(void);

struct relay {
	struct relay_memory *memory;
	int index;	/* 0: stdout, 1: stderr */
	int from;	/* pipe or pty master, borrowed */
	int staging[2]; /* borrowed */
	bool tty;
	struct logs *logs; /* NULL: no log */
};

/* Completes or takes back what a killed monitor left half done. Before anything else of this stream. */
int relay_recover(struct relay *r, struct err *e);

/* Takes one batch: its bytes in *ret_bytes (valid until the next call), their number as the result; 0 with *ret_more:
 * nothing now; 0 without: the end of the stream. */
int relay_read(struct relay *r, const char **ret_bytes, bool *ret_more, struct err *e);

/* Puts all whole lines in the log; `final`: the unfinished one too. */
int relay_log(struct relay *r, bool final, struct err *e);

/* Gives the memory back to the kernel, but for an unfinished line. */
void relay_idle(struct relay *r);
