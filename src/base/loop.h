/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One event loop over epoll. A source is embedded in its owner and owned by it, descriptor included; the loop only knows
 * where it is. Events are taken one at a time, so that a callback may remove and free any source, its own included.
 * No memory is allocated. Timers are timerfds, processes are pidfds: all are descriptors.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

struct loop_source;

/* `events`: EPOLLIN and so on. A negative result ends loop_run with that error. */
typedef int (*loop_ready)(struct loop_source *source, uint32_t events, struct err *e);

struct loop_source {
	int fd;
	loop_ready ready;
	uint32_t events; /* now asked for; kept by the loop */
	bool added;
};

struct loop {
	int epoll;
	bool stopped;
	int idle_ms; /* loop_run calls `idle` when nothing happened for so long; -1: never */
	void (*idle)(struct loop *loop);
};

#define LOOP_INIT { .epoll = -EBADF, .idle_ms = -1 }

int loop_open(struct loop *loop, struct err *e);
void loop_close(struct loop *loop);

/* Asks for `events` from now on, adding the source the first time. */
int loop_watch(struct loop *loop, struct loop_source *source, uint32_t events, struct err *e);
void loop_remove(struct loop *loop, struct loop_source *source); /* before its descriptor is closed */

int loop_run(struct loop *loop, struct err *e); /* until loop_stop or an error */
void loop_stop(struct loop *loop);

/* The structure that a source is embedded in. */
#define loop_owner(source, type, member) ((type *)(void *)((char *)(source) - __builtin_offsetof(type, member)))

/* A timerfd of CLOCK_BOOTTIME, not armed; loop_timer_set arms it once, 0 disarms. Both: >= 0 or -errno. */
int loop_timer(void);
int loop_timer_set(int fd, int64_t nanoseconds);
