/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The creation child: a throw-away fork of the keeper that reads the launch record and calls the runtime. What it parses
 * and allocates dies with it; the keeper gets three messages of fixed size.
 */

#include "base/err.h"
#include "monitor/container.h"

enum create_type {
	CREATE_FACTS,  /* facts, with CONTAINER_FDS descriptors; STDOUT and STDERR missing with a tty */
	CREATE_MADE,   /* pid, with its pidfd, the counter of counts_oom, the terminal's master if it has one: it waits */
	CREATE_RESULT, /* err: ERR_NONE when the program runs; failure: 126, 127 or 0 */
};

struct create_message {
	int type; /* enum create_type */
	struct container_facts facts;
	pid_t pid;
	bool counts_oom;
	int failure;
	struct err err;
};

/* In the child: reports over `sock`. The container's first process becomes a child of the caller's parent. */
void create_run(int run_dir, int sock, uint32_t rows, uint32_t columns);
