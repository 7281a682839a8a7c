/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signals as a descriptor: for the foreground of a container, which sends them on, and for long work, which is cancelled
 * by one and undoes itself. From signals_open on they interrupt nothing else.
 */

#include <signal.h>
#include <stddef.h>

#include "base/err.h"
#include "base/own.h"

struct signals {
	int fd; /* a signalfd, non-blocking */
	sigset_t before;
};

#define SIGNALS_INIT { .fd = -EBADF }

/* A hang-up that we were started to ignore (nohup) stays ignored. */
int signals_open(struct signals *signals, const int *numbers, size_t n, struct err *e);

/* INT, TERM, HUP: what cancels. */
int signals_open_cancel(struct signals *signals, struct err *e);

/* Restores what was before; signals that have come and were not read are forgotten. */
void signals_done(struct signals *signals);
#define autosignals cleanup(signals_done)
