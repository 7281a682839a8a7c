/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* Stop, kill, wait, remove, clean up: what ends a container. Each is idempotent and works for half-made ones. */

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/signame.h"
#include "engine/monitor_client.h"
#include "formats/exit.h"

enum { STOP_SECONDS = 10, KILL_SECONDS = 10, KEEPER_SECONDS = 5, KEEPER_LOOK_MS = 20 };

static int64_t after(int64_t seconds)
{
	return clock_boot() + seconds * NSEC_PER_SEC;
}

int engine_kill(struct engine *engine, const char *name, int signal, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;
	autofd int run_dir = -EBADF;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	if (live.state != CONTAINER_RUNNING)
		return err_set(e, ERR_CONFLICT, "cannot kill container: %s: container %s is not running", name, c.row.id);
	run_dir = container_run_dir(&c, false);
	if (run_dir < 0)
		return err_sys(e, -run_dir, "open the run directory of '%s'", c.row.name);
	return monitor_kill(run_dir, signal, e);
}

/* Signal, wait, and SIGKILL when the time is over. A container that ends meanwhile is what was wanted. */
static int end(const struct container *c, int signal, int64_t seconds, struct err *e)
{
	autofd int run_dir = container_run_dir(c, false);
	struct err why = ERR_INIT;

	if (run_dir < 0)
		return 0;
	if (monitor_kill(run_dir, signal, &why) < 0 && why.code != ERR_CONFLICT) {
		*e = why;
		return -1;
	}
	/* Below zero: for ever. */
	if (monitor_wait(run_dir, seconds < 0 ? 0 : after(seconds), &why) == 0)
		return 0;
	if (why.code != ERR_DEADLINE) {
		*e = why;
		return -1;
	}
	if (monitor_kill(run_dir, SIGKILL, &why) < 0 && why.code != ERR_CONFLICT) {
		*e = why;
		return -1;
	}
	return monitor_wait(run_dir, after(KILL_SECONDS), e);
}

int engine_stop(struct engine *engine, const char *name, struct opt_i64 timeout, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	const struct container_config *config = &c.record.config;
	struct container_live live;
	int signal = SIGTERM;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	if (live.state != CONTAINER_RUNNING)
		return 0;
	if (config->stop_signal && signame_parse(config->stop_signal, &signal, e) < 0)
		return -1;
	if (!timeout.set)
		timeout = config->stop_timeout.set ? config->stop_timeout : (struct opt_i64){ true, STOP_SECONDS };
	return end(&c, signal, timeout.value, e);
}

int engine_wait(struct engine *engine, const char *name, int *ret_code, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;
	autofd int run_dir = -EBADF;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	if (live.state == CONTAINER_RUNNING) {
		run_dir = container_run_dir(&c, false);
		if (run_dir >= 0 && monitor_wait(run_dir, 0, e) < 0)
			return -1;
		container_live(&c, &live);
	}
	*ret_code = live.exit_code;
	return 0;
}

/* The keeper deletes what the runtime had, and it does so after it has told the exit: waits until the directory goes. */
static bool keeper_deletes(const struct container *c, int runtime)
{
	autofd int gone = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd event = { .fd = gone, .events = POLLIN };
	int64_t deadline = after(KEEPER_SECONDS);
	autostatus struct status_map map = STATUS_MAP_INIT;
	char path[PATH_FD_LEN], events[4096];
	struct status s;

	if (faccessat(runtime, c->row.id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	if (gone < 0 || inotify_add_watch(gone, path_of_fd(runtime, path), IN_DELETE) < 0)
		return false;
	(void)status_open(c->engine->instance->run_fd, false, &map, NULL);
	while (faccessat(runtime, c->row.id, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!map.base || status_read(&map, c->row.slot, &s) != 1 || !str_eq(s.id, c->row.id) ||
		    !status_keeper_alive(&s) || clock_boot() > deadline)
			return false;
		if (poll(&event, 1, KEEPER_LOOK_MS) > 0 && read(gone, events, sizeof(events)) < 0)
			return false;
	}
	return true;
}

/* What a killed keeper may have left: the runtime's record and the cgroups. Only then is a program run for it. */
static int delete_runtime(const struct container *c, struct err *e)
{
	const struct instance *i = c->engine->instance;
	autofd int runtime = path_open(i->run_fd, LAUNCH_RUNTIME_ROOT, PATH_OWN, O_PATH | O_DIRECTORY, 0);
	autofree char *root = NULL, *program = NULL;
	autoproc struct proc child = PROC_INIT;
	struct proc_spawn how = { .n_keep = 3, .keep = (const int[]){ 0, 0, 1, 1, 2, 2 } };

	if (runtime == -ENOENT || (runtime >= 0 && keeper_deletes(c, runtime)))
		return 0;
	root = str_format("%s/%s", i->run_root, LAUNCH_RUNTIME_ROOT);
	program = str_format("%s/lighter-runtime", i->libexec);
	if (!root || !program)
		return err_nomem(e);
	how.path = program;
	how.argv = (char *[]){ program, (char[]){ "--root" }, root, (char[]){ "delete" }, (char[]){ "-f" }, c->row.id, NULL };
	if (proc_spawn(&how, &child, e) < 0)
		return -1;
	return proc_wait(&child, after(2 * KILL_SECONDS)) == 0 ? 0 :
		       err_set(e, ERR_INTERNAL, "the runtime could not delete container '%s'", c->row.name);
}

/* A rename first: what is gone from containers/ can never be half there. */
static int drop_directory(struct engine *engine, const char *id, struct err *e)
{
	autofd int containers = instance_dir(engine->instance, "containers", e);
	autofd int trash = instance_dir(engine->instance, "trash", e);
	int r;

	if (containers < 0 || trash < 0)
		return -1;
	if (renameat(containers, id, trash, id) < 0 && errno != ENOENT) {
		if (errno != EEXIST && errno != ENOTEMPTY)
			return err_sys(e, errno, "remove the directory of container '%s'", id);
		(void)path_remove_tree(containers, id);
	}
	r = path_remove_tree(trash, id);
	return r < 0 && r != -ENOENT ? err_sys(e, -r, "remove the directory of container '%s'", id) : 0;
}

static void drop_run_directory(struct engine *engine, const char *id)
{
	autofd int dir = path_open(engine->instance->run_fd, "containers", PATH_OWN, O_PATH | O_DIRECTORY, 0);

	if (dir >= 0)
		(void)path_remove_tree(dir, id);
}

/* Of two who remove it at once the slower one may find that the slot is somebody else's by now. */
static void clear_slot(struct engine *engine, const struct store_container *row)
{
	autostatus struct status_map map = STATUS_MAP_INIT;
	struct status s;

	if (status_open(engine->instance->run_fd, true, &map, NULL) == 0 && status_read(&map, row->slot, &s) == 1 &&
	    str_eq(s.id, row->id))
		(void)status_clear(&map, row->slot);
}

/* The row goes last: until then the removal can be repeated by name. */
int container_erase(struct container *c, struct err *e)
{
	struct engine *engine = c->engine;

	if (delete_runtime(c, e) < 0 || drop_directory(engine, c->row.id, e) < 0)
		return -1;
	drop_run_directory(engine, c->row.id);
	clear_slot(engine, &c->row);
	return store_container_delete(engine->store, c->row.id, e);
}

/* A record that cannot be read (a killed creation, damage) does not keep its container from being removed. */
static int open_for_removal(struct engine *engine, const char *name, struct container *c, struct err *e)
{
	struct err why = ERR_INIT;

	if (container_open(engine, name, c, &why) < 0) {
		*c = (struct container)CONTAINER_INIT;
		c->engine = engine;
		if (store_container_find(engine->store, name, &c->row, e) < 0)
			return -1;
		c->dir = container_dir(engine, c->row.id);
	}
	return c->dir < 0 ? 0 : container_lock(c, "remove", e);
}

int engine_remove(struct engine *engine, const char *name, bool force, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;

	if (open_for_removal(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	if (live.state == CONTAINER_RUNNING && !force)
		return err_set(e, ERR_CONFLICT, "cannot remove container \"%s\": container is running: stop the container "
			       "before removing or force remove", c.row.name);
	if (live.state == CONTAINER_RUNNING && end(&c, SIGKILL, KILL_SECONDS, e) < 0)
		return -1;
	return container_erase(&c, e);
}

/* Somebody else may have done it already, or do it while we wait for the lock. */
int engine_cleanup(struct engine *engine, const char *id, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;
	struct err why = ERR_INIT;
	int r = container_open(engine, id, &c, &why);

	if (r == 0 && !c.record.config.remove)
		return 0;
	if (r == 0)
		r = container_lock(&c, "clean up", &why);
	if (r == 0) {
		container_live(&c, &live);
		r = live.state == CONTAINER_RUNNING ? 0 : container_erase(&c, &why);
	}
	if (r == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	if (e)
		*e = why;
	return -1;
}

int engine_attach(struct engine *engine, const char *name, const struct engine_start *how, struct attach **ret,
		  struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;
	autofd int run_dir = -EBADF;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	run_dir = container_run_dir(&c, false);
	if (live.state != CONTAINER_RUNNING || run_dir < 0)
		return err_set(e, ERR_CONFLICT, "You cannot attach to a stopped container, start it first");
	return monitor_attach(run_dir, how, ret, e);
}

int engine_exec(struct engine *engine, const char *name, const struct exec_config *config, struct exec **ret,
		int *ret_master, int *ret_exec_failure, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct container_live live;
	autofd int run_dir = -EBADF;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	container_live(&c, &live);
	run_dir = container_run_dir(&c, false);
	if (live.state != CONTAINER_RUNNING || run_dir < 0)
		return err_set(e, ERR_CONFLICT, "container %s is not running", c.row.id);
	return monitor_exec(run_dir, config, ret, ret_master, ret_exec_failure, e);
}
