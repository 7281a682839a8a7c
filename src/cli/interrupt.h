/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* INT, TERM and HUP as a descriptor, for long work that is cancelled by one and undoes itself. */

#include <signal.h>

#include "base/err.h"

struct interrupt {
	int fd; /* readable once a signal has come */
	sigset_t before;
};

#define INTERRUPT_INIT { .fd = -EBADF }

int interrupt_open(struct interrupt *interrupt, struct err *e);
void interrupt_done(struct interrupt *interrupt);
#define autointerrupt cleanup(interrupt_done)
