/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The engine's side of formats/monitor_msg: start a keeper for a launch record, and talk to a running container's
 * monitor over `monitor.sock` in its run directory. Nothing here knows the store. `struct exec` is this file's, and so
 * are engine_exec_wait and engine_exec_free.
 */

#include "base/err.h"
#include "engine/attach.h"
#include "engine/engine.h"

struct monitor_start {
	int run_dir;		  /* the container's run directory, holds launch.json */
	int lock;		  /* the container's: shared with the keeper until it has answered */
	const char *libexec;	  /* directory of lighter-monitor */
	/* monitors/, closed by the caller: `tasks` of each v1 hierarchy, the directory of v2 (0: none). A pid that is written
	 * to cgroup.procs costs 10 ms, so on v2 the keeper is born there. */
	int tasks[16];
	size_t n_tasks;
	int cgroup;
	const struct engine_start *attach; /* NULL: nobody is attached */
};

/* Returns when the container's program has been exec'ed (or failed to be: *ret_exec_failure 126, 127 or 0). */
int monitor_start(const struct monitor_start *how, struct attach **ret, int *ret_exec_failure, struct err *e);

int monitor_attach(int run_dir, const struct engine_start *how, struct attach **ret, struct err *e);
int monitor_kill(int run_dir, int signal, struct err *e); /* ERR_CONFLICT: the container is not running */
int monitor_exec(int run_dir, const struct exec_config *config, struct exec **ret, int *ret_master,
		 int *ret_exec_failure, struct err *e);

/* Blocks until the container has exited; deadline clock_boot ns, 0: none: ERR_DEADLINE. Works when the monitor is
 * killed meanwhile: it is asked again through its successor. */
int monitor_wait(int run_dir, int64_t deadline, struct err *e);
