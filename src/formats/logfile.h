/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The container's log: Docker's json-file, byte for byte: {"log":"text\n","stream":"stdout","time":"..."} a line. Rotated
 * files are NAME.1 (younger) to NAME.N-1. Beside each file NAME.index (NAME.1.index, ...) has one fixed record a batch:
 * where it lies, how long it is, its checksum, its time, how many lines: tail and since seek by it, damage is found by it.
 * A log without a usable index is read from its text alone. formats/logfile_reader reads.
 *
 * Lines of more than 16 KiB are split as Docker splits them: every piece but the last has no newline.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
	LOGFILE_PIECE = 16384,		/* the longest text of one line */
	LOGFILE_LINE_MAX = 6 * LOGFILE_PIECE + 128, /* of the encoded line, every byte as \u00XX */
	LOGFILE_INDEX_SIZE = 40,
	LOGFILE_FILES_MAX = 1000,
};

/* ---- one line ---- */

enum { LOGFILE_TAIL = 80 };

/* What follows the text of every line of a batch: `","stream":"stdout","time":"2006-01-02T15:04:05.000000007Z"}\n`, the
 * time without trailing zeros, as Docker writes it. Returns its length. */
size_t logfile_tail(int stream, int64_t time, char to[static LOGFILE_TAIL]);

/* Writes {"log":" and the escaped text; room for 6 * len + 10. Returns the length. `newline` adds \n to the text. */
size_t logfile_text(const char *text, size_t len, bool newline, char *to);

/* Reads one line (without its newline): the text is appended to `to`. -1 with *e on a line that Docker cannot have written. */
int logfile_decode(const char *line, size_t len, struct str *to, int *ret_stream, int64_t *ret_time, struct err *e);

/* ---- the index ---- */

struct logfile_index {
	uint64_t offset; /* in the log file */
	uint64_t length; /* bytes, whole lines */
	int64_t time;	 /* of the batch */
	uint32_t lines;
	uint32_t crc; /* CRC-32C of the bytes */
};

void logfile_index_encode(const struct logfile_index *index, uint8_t to[static LOGFILE_INDEX_SIZE]);
int logfile_index_decode(const uint8_t from[static LOGFILE_INDEX_SIZE], struct logfile_index *ret); /* 0 or -EBADMSG */
