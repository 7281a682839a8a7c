/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads a container's log (formats/logfile) while it is written and rotated: the rotated files first, then the current
 * one. Damage is never skipped silently: it becomes a record that says so, and reading goes on at the next good line.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/own.h"

struct logfile_reader; /* over the rotated files and the current one, oldest first; survives rotation meanwhile */

struct logfile_read {
	int dir;	    /* that holds the log; borrowed until the reader is freed */
	const char *name;   /* of the current file; borrowed likewise */
	int64_t tail;	    /* the last N lines, -1: all */
	int64_t since;	    /* nanoseconds UTC, 0: from the start */
};

struct logfile_record {
	int stream;	   /* 1, 2 */
	int64_t time;
	const char *bytes; /* the text with its newline if it has one; borrowed until the next call */
	size_t len;
};

/* A log that does not exist (yet) is empty. */
int logfile_reader_open(const struct logfile_read *how, struct logfile_reader **ret, struct err *e);
void logfile_reader_free(struct logfile_reader *reader);
DEFINE_CLEANUP(struct logfile_reader *, logfile_reader_free)

/* 1: *ret is filled; 0: nothing more now (with follow: wait on the descriptor, then ask again). A damaged stretch is one
 * record on stream 2 that says so in words; reading goes on behind it. */
int logfile_reader_next(struct logfile_reader *reader, struct logfile_record *ret, struct err *e);

/* An inotify descriptor that becomes readable when the log changed; emptied by logfile_reader_next. -errno without. */
int logfile_reader_fd(struct logfile_reader *reader);
