/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The user's terminal: its size, and raw mode for as long as a container's terminal is shown in it. */

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/own.h"

struct terminal {
	int fd; /* borrowed; -EBADF: not in raw mode */
	struct termios saved;
};

#define TERMINAL_INIT { .fd = -EBADF }

/* Raw mode on a terminal; no terminal is no error, it is left alone. */
void terminal_raw(struct terminal *t, int fd);
/* No echo of what is typed. */
void terminal_hide(struct terminal *t, int fd);
void terminal_restore(struct terminal *t);
#define autoterminal cleanup(terminal_restore)

/* 0 and 0 where `fd` is no terminal. */
void terminal_size(int fd, uint32_t *ret_rows, uint32_t *ret_columns);

/* Whether lines may be redrawn in place: a terminal, and not a dumb one. */
bool terminal_is_live(int fd);

/*
 * The keys that leave a container: ctrl-p ctrl-q. Bytes typed are filtered through here, in pieces of any size; a ctrl-p
 * is held back until the next byte tells.
 */
struct detach_keys { bool held; };

/* Copies what is for the container to `to` (room for len + 1 bytes); the length. *ret_detach: the keys were seen. */
size_t detach_keys_filter(struct detach_keys *keys, const char *from, size_t len, char *to, bool *ret_detach);
