/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container in the foreground of lighter-runtime itself: the terminal is relayed, signals are passed on, the exit
 * status is the program's. Engines never use it.
 */

#include <stdbool.h>
#include <termios.h>

#include "base/proc.h"
#include "oci/spec.h"

struct foreground {
	int console[2]; /* socket pair; [1] is handed to the runtime */
	int master;
	bool raw;
	struct termios saved;
};

#define FOREGROUND_INIT { .console = { -EBADF, -EBADF }, .master = -EBADF }

/* The size of our own terminal, for a process that runs before foreground_begin() can say it. */
bool foreground_size(struct oci_box *ret);

int foreground_console(struct foreground *f, struct err *e); /* a descriptor for console_socket, owned by the caller */
int foreground_begin(struct foreground *f, struct err *e);   /* after creation, before start */
int foreground_wait(struct foreground *f, struct proc *child, struct err *e); /* the exit status */
void foreground_done(struct foreground *f);
