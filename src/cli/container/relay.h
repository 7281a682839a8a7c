/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes carried between pairs of descriptors, for exec: from our input to the process, from the process to our output.
 * A process in a container never gets a terminal of the host as its standard streams; what would be one is a pipe here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/signals.h"
#include "cli/terminal.h"

enum { RELAY_PIECE = 8192, RELAYS = 3 };

struct relay {
	int from, to;	   /* borrowed unless owns_*; -EBADF once it has ended */
	bool owns_from, owns_to;
	bool output;	   /* towards the user: what is left at the process's end is still carried */
	struct detach_keys *keys; /* on the way in from a terminal; NULL: none */
	size_t len, off;   /* of what is held */
	char held[RELAY_PIECE + 1];
};

struct relays {
	struct relay items[RELAYS];
	size_t n;
	int ended_fd; /* readable when the process has ended; borrowed */
	struct signals window; /* WINCH, with a terminal */
	int master;    /* whose size follows the window; borrowed */
	bool detached; /* the user left by the detach keys */
};

#define RELAYS_INIT { .ended_fd = -EBADF, .window = SIGNALS_INIT, .master = -EBADF }

struct relay *relays_add(struct relays *relays, int from, int to);
int relays_run(struct relays *relays, struct err *e);
void relays_done(struct relays *relays);
#define autorelays cleanup(relays_done)
