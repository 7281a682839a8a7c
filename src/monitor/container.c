/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/container.h"

#include <signal.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

void container_child_reset(const struct container *c)
{
	static const int signals[] = { SIGCHLD, SIGPIPE, SIGHUP, SIGINT, SIGTERM };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)signal(signals[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (c->oom_score_adj[0])
		(void)file_write_text(AT_FDCWD, "/proc/self/oom_score_adj", c->oom_score_adj);
}

int container_publish(struct container *c, enum status_state state, pid_t keeper, int code, bool unknown)
{
	struct status status = {
		.state = state,
		.pid = state == STATUS_RUNNING ? c->init.pid : 0,
		.exit_code = code,
		.exit_unknown = unknown,
		.oom_killed = c->oom_killed,
		.started = c->started,
		.finished = state == STATUS_EXITED ? clock_wall() : 0,
		.keeper_pid = keeper,
		.keeper_start = status_process_start(keeper),
	};

	autostatus struct status_map map = STATUS_MAP_INIT;
	struct err e = ERR_INIT;
	int r = status_open(c->fds[CONTAINER_ROOT], true, &map, &e);

	if (r < 0) {
		log_error("status of %s: %s", c->facts.id, e.text);
		return -1;
	}
	memcpy(status.id, c->facts.id, sizeof(status.id));
	return status_write(&map, c->facts.slot, &status);
}
