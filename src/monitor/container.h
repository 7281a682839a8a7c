/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What keeper and monitor know of their container: plain memory that the monitor and every later one get by fork. The
 * descriptors in it belong to the keeper; a monitor holds its own copies by the same fork. Nothing in it grows.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/proc.h"
#include "formats/status.h"

enum { CONTAINER_NAME = 256 };

/* The part of the launch record that outlives the creation child, sent by it in one message. */
struct container_facts {
	char id[ID_TEXT];
	uint32_t slot;
	bool tty, open_stdin, remove, has_log;
	uint64_t log_max_size;
	uint32_t log_max_files;
	char log_name[CONTAINER_NAME];
	char runtime_root[PATH_MAX];
};

/* Descriptors in the order in which the creation child sends them; absent ones are /dev/null. */
enum container_fd {
	CONTAINER_DIR,	 /* the durable directory: exit record */
	CONTAINER_LOG,	 /* the directory that holds the log */
	CONTAINER_ROOT,	 /* the instance's run root: status */
	CONTAINER_STDIN, /* write end; with a tty its master, as is STDOUT */
	CONTAINER_STDOUT,
	CONTAINER_STDERR,
	CONTAINER_FDS,
};

struct relay_memory;

struct container {
	struct container_facts facts;
	int fds[CONTAINER_FDS];
	int run_dir, listener, log; /* log: our own, monitor.log */
	int staging[2][2];	    /* pipes of relay.c, one a stream */
	struct relay_memory *relay; /* shared between all monitors */
	struct proc init;
	int oom;	/* cgroup_oom_counter; -EBADF: nothing counts */
	bool oom_killed; /* known when it has ended */
	int64_t started;
	char oom_score_adj[16];	    /* as we found it; children of ours that are not ours get it back */
};

/* A forked child that will run other code: default signals, nothing blocked, the caller's oom_score_adj. */
void container_child_reset(const struct container *c);

/* Publishes the state in the status slot; the file is mapped for the moment only. `keeper` answers for the container
 * from now on. A failure is logged: the exit record is what counts. */
int container_publish(struct container *c, enum status_state state, pid_t keeper, int code, bool unknown);
