/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The exit record: how a container ended. The keeper writes it as the file `exit` in the container's durable directory
 * (synced unless the container is --rm) before anybody is told; when the keeper was lost, the monitor writes it. Fixed
 * size, little-endian, with version and checksum: a record that does not hold is an error, never a guess.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

#define EXIT_FILE "exit"

enum { EXIT_RECORD_SIZE = 128 };

struct exit_record {
	int32_t code;	  /* 0-255, 128 + signal; -1 when unknown */
	bool unknown;	  /* the keeper was lost and the kernel could not tell the code */
	bool keeper_lost; /* written by another process than the container's keeper */
	bool oom_killed;
	int64_t started, finished; /* nanoseconds UTC */
	char boot_id[BOOT_ID_TEXT];
};

void exit_record_encode(const struct exit_record *record, uint8_t to[static EXIT_RECORD_SIZE]);
int exit_record_decode(const void *bytes, size_t len, struct exit_record *ret, struct err *e);

/* `dir` is the container's durable directory. Neither allocates memory. */
int exit_record_write(int dir, const struct exit_record *record, bool durable, struct err *e);
int exit_record_read(int dir, struct exit_record *ret, struct err *e); /* ERR_NOT_FOUND: it has not ended yet */
