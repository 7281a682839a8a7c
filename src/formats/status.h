/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The status file: one fixed slot a container in an mmap'ed file of the run root, so that `ps` costs no lock and no
 * query per container. A slot holds two copies; a writer fills the idle one and then moves the sequence number, so a
 * reader always gets a whole copy and a writer that is killed anywhere leaves the previous one valid. Each copy carries
 * a checksum. The header carries the boot id: a file of another boot is void and is made anew by the next opener.
 *
 * One writer a slot at a time: the engine until the keeper runs, then the keeper, then (keeper lost) the monitor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/id.h"
#include "base/own.h"

#define STATUS_FILE "status"

enum {
	STATUS_SLOTS = 32768,
	STATUS_SLOT_SIZE = 256,
	STATUS_HEADER_SIZE = 4096,
};

enum status_state { STATUS_NONE, STATUS_CREATED, STATUS_RUNNING, STATUS_EXITED };

struct status {
	char id[ID_TEXT];	   /* the owner; compare it with the container you mean */
	uint32_t state;		   /* enum status_state */
	int32_t pid;		   /* of the container's first process, 0: none */
	int32_t exit_code;	   /* EXITED */
	bool exit_unknown;	   /* EXITED: the keeper was lost and the kernel could not tell */
	bool oom_killed;
	int64_t started, finished; /* nanoseconds UTC, 0: never */
	int32_t keeper_pid;	   /* who looks after it, EXITED: who still cleans up; pid and start time are the identity */
	uint64_t keeper_start;	   /* clock ticks since boot, /proc/PID/stat */
};

/* A mapping of the file; embedded by the caller, no heap. */
struct status_map {
	void *base; /* NULL: closed */
	bool writable;
};

#define STATUS_MAP_INIT { .base = NULL }

/* `run_root`: descriptor of the instance's run root. For writing the file is made when missing or of another boot; for
 * reading a missing or void file is ERR_NOT_FOUND: nothing runs. */
int status_open(int run_root, bool writable, struct status_map *ret, struct err *e);
void status_close(struct status_map *map);
#define autostatus cleanup(status_close)

/* 1: *ret is filled; 0: the slot is empty; -EBADMSG: damaged; -EAGAIN: the writer never stood still; -ERANGE. */
int status_read(const struct status_map *map, uint32_t slot, struct status *ret);
int status_write(struct status_map *map, uint32_t slot, const struct status *status); /* 0 or -ERANGE */
int status_clear(struct status_map *map, uint32_t slot);

/* The same on one slot's bytes (STATUS_SLOT_SIZE, 8-byte aligned); what the fuzzer drives. */
int status_slot_read(const void *slot, struct status *ret);
void status_slot_write(void *slot, const struct status *status);

/* Who a process is, beyond its number: its start time, 0 when there is no such process. */
uint64_t status_process_start(pid_t pid);

/* Is the keeper that the slot names still there? When not, a RUNNING slot is about to change or the keeper was lost. */
bool status_keeper_alive(const struct status *status);
