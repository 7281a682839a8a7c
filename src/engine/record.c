/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/own.h"
#include "base/path.h"
#include "formats/exit.h"
#include "store/hold.h"

enum { LOCK_SECONDS = 30 };

#define BIND(...) DECODE_ROW(struct container_bind, __VA_ARGS__)
#define CONFIG(...) DECODE_ROW(struct container_config, __VA_ARGS__)
#define RECORD(...) DECODE_ROW(struct record, __VA_ARGS__)

RECORD_TABLE(container_bind_table, struct container_bind,
	BIND("source", source, DECODE_STRING, .flags = DECODE_REQUIRED),
	BIND("target", target, DECODE_STRING, .flags = DECODE_REQUIRED),
	BIND("options", options, DECODE_STRV));

RECORD_TABLE(container_config_table, struct container_config,
	CONFIG("version", version, DECODE_U32),
	CONFIG("name", name, DECODE_STRING),
	CONFIG("image", image, DECODE_STRING),
	CONFIG("args", args, DECODE_STRV),
	CONFIG("env", env, DECODE_STRV),
	CONFIG("entrypoint", entrypoint, DECODE_STRV),
	CONFIG("entrypoint_set", entrypoint_set, DECODE_BOOL),
	CONFIG("working_dir", working_dir, DECODE_STRING),
	CONFIG("user", user, DECODE_STRING),
	CONFIG("hostname", hostname, DECODE_STRING),
	CONFIG("labels", labels, DECODE_STRMAP),
	CONFIG("binds", binds, DECODE_ARRAY, .table = &container_bind_table),
	CONFIG("tty", tty, DECODE_BOOL),
	CONFIG("open_stdin", open_stdin, DECODE_BOOL),
	CONFIG("remove", remove, DECODE_BOOL),
	CONFIG("read_only", read_only, DECODE_BOOL),
	CONFIG("privileged", privileged, DECODE_BOOL),
	CONFIG("memory", memory, DECODE_OPT_I64),
	CONFIG("nano_cpus", nano_cpus, DECODE_OPT_I64),
	CONFIG("pids_limit", pids_limit, DECODE_OPT_I64),
	CONFIG("cap_add", cap_add, DECODE_STRV),
	CONFIG("cap_drop", cap_drop, DECODE_STRV),
	CONFIG("network", network, DECODE_STRING),
	CONFIG("userns", userns, DECODE_STRING),
	CONFIG("stop_signal", stop_signal, DECODE_STRING),
	CONFIG("stop_timeout", stop_timeout, DECODE_OPT_I64));

RECORD_TABLE(record_table, struct record,
	RECORD("version", version, DECODE_U32, .flags = DECODE_REQUIRED),
	RECORD("id", id, DECODE_STRING, .flags = DECODE_REQUIRED),
	RECORD("image_id", image_id, DECODE_STRING, .flags = DECODE_REQUIRED),
	RECORD("created", created, DECODE_I64),
	RECORD("config", config, DECODE_OBJECT, .table = &container_config_table),
	RECORD("host_userns", host_userns, DECODE_BOOL),
	RECORD("userns_reason", userns_reason, DECODE_STRING));

void container_config_done(struct container_config *config)
{
	decode_done(&container_config_table, config);
}

void record_done(struct record *record)
{
	decode_done(&record_table, record);
}

/* Durable unless the container goes with its end: then a power cut takes it anyway. */
int record_write(int dir, const struct record *record, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	encode(&record_table, record, &w, NULL);
	if (text.failed)
		return err_nomem(e);
	return file_replace(dir, "config.json", text.data, text.len, 0600,
			    record->config.remove ? FILE_ATOMIC : FILE_DURABLE, e);
}

int record_read(int dir, struct record *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct record record;

	if (file_read(dir, "config.json", RECORD_MAX, &text, e) < 0)
		return -1;
	if (decode_text(&record_table, str_text(&text), text.len, &record, e) < 0)
		return err_prefix(e, "config.json");
	if (record.version != RECORD_VERSION) {
		(void)err_set(e, ERR_UNSUPPORTED, "config.json has version %u, this lighter knows %d", record.version,
			      RECORD_VERSION);
		record_done(&record);
		return -1;
	}
	*ret = record;
	return 0;
}

int container_dir(struct engine *engine, const char *id)
{
	char path[sizeof("containers/") + ID_LEN] = "containers/";

	strncat(path, id, ID_LEN);
	return path_open(engine->instance->root_fd, path, PATH_OWN, O_PATH | O_DIRECTORY, 0);
}

int container_open(struct engine *engine, const char *name, struct container *ret, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;

	c.engine = engine;
	if (store_container_find(engine->store, name, &c.row, e) < 0)
		return -1;
	c.dir = container_dir(engine, c.row.id);
	if (c.dir < 0)
		return err_sys(e, -c.dir, "container '%s': open its directory", c.row.name);
	if (record_read(c.dir, &c.record, e) < 0)
		return err_prefix(e, "container '%s'", c.row.name);
	*ret = c;
	c = (struct container)CONTAINER_INIT;
	return 0;
}

void container_close(struct container *c)
{
	own_close(&c->dir);
	own_close(&c->lock);
	store_container_done(&c->row);
	record_done(&c->record);
	*c = (struct container)CONTAINER_INIT;
}

/* A removal takes this path away first. */
static bool is_there(const struct container *c)
{
	autofd int dir = container_dir(c->engine, c->row.id);

	return dir >= 0;
}

/* Creation makes it. A lock that is missing is made only where nobody can be removing the directory: it would not only be
 * another lock than the remover's, but also keep him from removing the directory. */
static int open_lock(const struct container *c)
{
	int fd = path_open(c->dir, RECORD_LOCK, PATH_OWN, O_RDWR, 0);

	return fd == -ENOENT && is_there(c) ? path_open(c->dir, RECORD_LOCK, PATH_OWN, O_RDWR | O_CREAT, 0600) : fd;
}

/* Who waited for a lock may find that its last holder removed the container. */
int container_lock(struct container *c, const char *doing, struct err *e)
{
	autofd int fd = open_lock(c);
	int64_t deadline = clock_boot() + LOCK_SECONDS * NSEC_PER_SEC;

	if (fd < 0 && fd != -ENOENT)
		return err_sys(e, -fd, "lock container '%s'", c->row.name);
	if (fd >= 0 && hold_wait(fd, doing, deadline, e) < 0)
		return err_prefix(e, "container '%s'", c->row.name);
	if (fd < 0 || !is_there(c))
		return err_set(e, ERR_NOT_FOUND, "no such container: %s", c->row.name);
	c->lock = take_fd(fd);
	return 0;
}

int container_try_lock(struct container *c)
{
	autofd int fd = open_lock(c);
	int r = fd < 0 ? fd : lock_try(fd, LOCK_EXCLUSIVE);

	if (r == 0)
		c->lock = take_fd(fd);
	return r;
}

int container_run_dir(const struct container *c, bool make)
{
	char path[96] = "containers/";

	strncat(path, c->row.id, ID_LEN);
	return make ? path_make_dirs(c->engine->instance->run_fd, path, PATH_OWN, 0700) :
		      path_open(c->engine->instance->run_fd, path, PATH_OWN, O_PATH | O_DIRECTORY, 0);
}

char *container_path(const struct container *c, const char *file)
{
	return str_format("%s/containers/%s%s%s", c->engine->instance->root, c->row.id, file[0] ? "/" : "", file);
}

char *container_cgroup(const struct container *c)
{
	return str_format("%s/containers/%s", c->engine->instance->cgroup_parent, c->row.id);
}

static bool from_slot(const struct status_map *map, const struct store_container *row, struct container_live *to)
{
	struct status s;
	bool alive, kept;

	if (!map->base || status_read(map, row->slot, &s) != 1 || !str_eq(s.id, row->id) || s.state == STATUS_CREATED)
		return false;
	/* A keeper that was killed is succeeded by the monitor: while the program lives it runs. */
	kept = status_keeper_alive(&s);
	alive = s.state == STATUS_RUNNING && (kept || status_process_start(s.pid) != 0);
	*to = (struct container_live){
		.state = alive ? CONTAINER_RUNNING : CONTAINER_EXITED,
		.exit_code = s.state == STATUS_EXITED ? s.exit_code : -1,
		.exit_unknown = s.state == STATUS_EXITED ? s.exit_unknown : !alive,
		.oom_killed = s.oom_killed,
		.keeper_gone = !kept,
		.started = s.started,
		.finished = s.finished,
		.pid = alive ? s.pid : 0,
	};
	return true;
}

/* It ran in another boot, whose end took it along before its exit could be written. */
static bool was_cut_off(const struct instance *instance, int dir)
{
	char boot[sizeof(instance->boot_id)];

	return file_read_line(dir, RECORD_BOOT, boot, sizeof(boot)) >= 0 && !str_eq(boot, instance->boot_id);
}

static void from_exit(const struct instance *instance, int dir, struct container_live *to)
{
	struct exit_record record;

	if (exit_record_read(dir, &record, NULL) < 0) {
		if (was_cut_off(instance, dir))
			*to = (struct container_live){ .state = CONTAINER_EXITED, .exit_code = -1, .exit_unknown = true };
		return;
	}
	*to = (struct container_live){
		.state = CONTAINER_EXITED,
		.exit_code = record.code,
		.exit_unknown = record.unknown,
		.oom_killed = record.oom_killed,
		.started = record.started,
		.finished = record.finished,
	};
}

void live_of(struct engine *engine, const struct status_map *map, const struct store_container *row,
	     struct container_live *ret)
{
	autofd int dir = -EBADF;

	*ret = (struct container_live){ .state = CONTAINER_CREATED };
	if (from_slot(map, row, ret) && !(ret->state == CONTAINER_EXITED && ret->exit_unknown))
		return;
	dir = container_dir(engine, row->id);
	if (dir >= 0)
		from_exit(engine->instance, dir, ret);
}

void container_live(const struct container *c, struct container_live *ret)
{
	autostatus struct status_map map = STATUS_MAP_INIT;

	/* No status file: nothing has run since the boot. */
	(void)status_open(c->engine->instance->run_fd, false, &map, NULL);
	live_of(c->engine, &map, &c->row, ret);
}
