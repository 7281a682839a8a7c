/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing a container's log (formats/logfile): encoding batches, appending, rotating. One writer a log: its monitor. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/logfile.h"

/* Survives the monitor: how far a rotation has come. */
struct logs_shared {
	uint32_t rotating; /* the step of the rotation that is to be done next, 0: none runs */
};

struct logs {
	int dir; /* borrowed */
	const char *name;
	uint64_t max_size; /* 0: never rotated */
	uint32_t max_files;
	struct logs_shared *shared;
	int fd, index_fd;
	uint64_t size, index_size;
	char *out; /* LOGS_OUT bytes, mapped while something is written */
	uint64_t lost;	/* bytes that could not be written: no space */
};

enum { LOGS_OUT = 1 << 20 };

/* Output to encode, and where its line stands. */
struct logs_input {
	const char *bytes;
	size_t len;
	int stream; /* 1, 2 */
	int64_t time;
	bool final;	      /* an unfinished line is written too */
	bool partial;	      /* the first line continues one of which a piece was written */
	int64_t partial_time; /* when it began */
};

struct logs_chunk {
	size_t consumed, len; /* bytes of the input, of the output */
	uint32_t lines;
	bool partial; /* the state behind `consumed` */
	int64_t partial_time;
};

/* Encodes lines while the output has room for one more and is shorter than `limit`. */
void logs_encode(const struct logs_input *in, uint64_t limit, char *out, size_t room, struct logs_chunk *ret);

/* Opens or makes the files, finishing a rotation that was cut short. */
int logs_open(struct logs *logs, struct err *e);
void logs_close(struct logs *logs);

/* Cuts both files back to sizes they had. */
int logs_truncate(struct logs *logs, uint64_t size, uint64_t index_size, struct err *e);

/* Rotates if the current file is full, then encodes the next chunk into logs->out; nothing is written yet. */
int logs_prepare(struct logs *logs, const struct logs_input *in, struct logs_chunk *ret, struct err *e);

/* Appends the prepared chunk and its index record. When the disk is full the chunk is dropped and counted. */
int logs_append(struct logs *logs, const struct logs_chunk *chunk, int64_t time, struct err *e);

void logs_idle(struct logs *logs); /* gives memory back */
