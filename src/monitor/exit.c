/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Order: the record is durable before anybody can read that the container ended, and the cgroups go while the last
 * output is still being delivered. The command line of the cleanup is read from the launch record at the very end: the
 * keeper carries nothing for it, and without a launch record somebody has cleaned up already.
 */

#include "monitor/exit.h"

#include "base/clock.h"
#include "base/log.h"
#include "formats/exit.h"
#include "formats/launch.h"
#include "linux/cgroup_oom.h"
#include "runtime/runtime.h"

void exit_record_end(struct container *c, const struct exit_end *end)
{
	struct exit_record record = {
		.code = end->code,
		.unknown = end->code < 0,
		.keeper_lost = end->keeper_lost,
		.oom_killed = cgroup_oom_count(c->oom) > 0,
		.started = c->started,
		.finished = clock_wall(),
	};
	struct err e = ERR_INIT;

	c->oom_killed = record.oom_killed;
	if (clock_boot_id(record.boot_id, &e) < 0 ||
	    exit_record_write(c->fds[CONTAINER_DIR], &record, !c->facts.remove, &e) < 0)
		log_error("exit of %s: %s", c->facts.id, e.text);
	(void)container_publish(c, STATUS_EXITED, getpid(), end->code, end->code < 0);
}

static int exit_delete(const struct container *c, struct err *e)
{
	struct runtime_root *root = NULL;
	int r = runtime_root_open(c->facts.runtime_root, &root, e);

	if (r == 0)
		r = runtime_delete(root, c->facts.id, true, e);
	runtime_root_free(root);
	return r;
}

void exit_release(const struct container *c, struct proc *ret)
{
	struct err e = ERR_INIT;
	pid_t pid = proc_fork(ret);

	if (pid < 0)
		log_error("release %s: %s", c->facts.id, strerror(-pid));
	if (pid != 0)
		return;
	container_child_reset(c);
	if (exit_delete(c, &e) < 0)
		log_error("release %s: %s", c->facts.id, e.text);
	_exit(0);
}

static int exit_cleanup_argv(const struct launch *launch, struct strv *ret)
{
	static const char *const words[] = { "container", "cleanup" };
	int r = strv_add(ret, launch->cleanup);

	for (size_t i = 0; r == 0 && i < launch->cleanup_args.n; i++)
		r = strv_add(ret, launch->cleanup_args.items[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(words); i++)
		r = strv_add(ret, words[i]);
	return r == 0 ? strv_add(ret, launch->id) : r;
}

void exit_become_cleanup(const struct container *c)
{
	autostrv struct strv argv = STRV_INIT;
	struct err e = ERR_INIT;
	struct launch launch;

	if (launch_read(c->run_dir, &launch, &e) < 0) {
		if (e.code != ERR_NOT_FOUND)
			log_error("clean up %s: %s", c->facts.id, e.text);
		return;
	}
	if (launch.cleanup && exit_cleanup_argv(&launch, &argv) == 0) {
		container_child_reset(c);
		(void)dup2(c->log, STDERR_FILENO);
		(void)execv(launch.cleanup, argv.items);
		log_error("clean up %s: %s: %s", c->facts.id, launch.cleanup, strerror(errno));
	}
	launch_done(&launch);
}
