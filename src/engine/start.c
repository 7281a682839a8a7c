/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* Start: a step table that ends with a keeper of its own for the container. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/step.h"
#include "engine/monitor_client.h"

enum { START_FAILED = 128 /* Docker's exit code of what could not be started */ };

struct starting {
	struct container *c;
	const struct engine_start *how;
	struct attach *attach;
	int exec_failure;
	int run_dir;
	struct cgroup_system cgroups;
	struct monitor_start monitor;
	struct launch launch;
};

/* Docker makes a missing source of -v, as a directory of root. */
static int make_sources(void *context, struct err *e)
{
	const struct container_config *c = &((struct starting *)context)->c->record.config;

	for (size_t i = 0; i < c->binds.n; i++) {
		const char *source = c->binds.items[i].source;
		autofd int fd = path_open(AT_FDCWD, source, PATH_HOST_MAGIC, O_PATH, 0);

		if (fd == -ENOENT)
			fd = path_make_dirs(AT_FDCWD, source, PATH_HOST, 0755);
		if (fd < 0)
			return err_sys(e, -fd, "bind source '%s'", source);
	}
	return 0;
}

/* Upper and work directory. The image's ids are on disk: root owns them, whatever range the container gets. */
static int make_directories(void *context, struct err *e)
{
	struct starting *s = context;
	static const char *const paths[] = { "rw/u", "rw/w" };

	/* A volatile overlay marks its work directory and refuses the mark of an earlier start, also of one that failed. */
	(void)path_remove_tree(s->c->dir, "rw/w");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		autofd int fd = path_make_dirs(s->c->dir, paths[i], PATH_OWN, 0755);

		if (fd < 0)
			return err_sys(e, -fd, "make '%s' of container '%s'", paths[i], s->c->row.name);
	}
	s->run_dir = container_run_dir(s->c, true);
	return s->run_dir < 0 ? err_sys(e, -s->run_dir, "make the run directory of '%s'", s->c->row.name) : 0;
}

/* So that a container which a reboot ended is not taken for one that was never started. */
static int mark_boot(void *context, struct err *e)
{
	struct starting *s = context;
	const char *id = s->c->engine->instance->boot_id;

	if (s->c->record.config.remove)
		return 0;
	return file_replace(s->c->dir, RECORD_BOOT, id, strlen(id), 0600, FILE_ATOMIC, e);
}

static int make_files(void *context, struct err *e)
{
	return files_make(((struct starting *)context)->c, e);
}

static bool counts_swap(const struct cgroup_system *system)
{
	const struct cgroup_hierarchy *h = cgroup_find(system, "memory");
	autofree char *path = h && !h->v2 ? str_format("%s/memory.memsw.limit_in_bytes", h->mount) : NULL;

	return h && (h->v2 || (path && access(path, F_OK) == 0));
}

static int make_launch(void *context, struct err *e)
{
	struct starting *s = context;
	struct image_record image;
	struct spec_facts facts = { .container = s->c, .image = &image };
	int r;

	if (cgroup_system_read(&s->cgroups, e) < 0)
		return -1;
	if (image_resolve(s->c->engine->store, s->c->record.image_id, &image, e) < 0)
		return -1;
	facts.swap_counted = counts_swap(&s->cgroups);
	r = spec_make(&facts, &s->launch, e);
	image_record_done(&image);
	return r;
}

static int write_launch(void *context, struct err *e)
{
	struct starting *s = context;

	return launch_write(s->run_dir, &s->launch, e);
}

static void drop_launch(void *context)
{
	struct starting *s = context;

	(void)unlinkat(s->run_dir, LAUNCH_FILE, 0);
}

/* Keepers live in a group of their own, so that neither a logout nor the container's limits reach them. */
static int open_monitors_group(void *context, struct err *e)
{
	struct starting *s = context;
	autofree char *path = str_format("%s/monitors", s->c->engine->instance->cgroup_parent);
	int fds[CGROUP_HIERARCHIES], v2;
	size_t n = 0;

	if (!path)
		return err_nomem(e);
	if (cgroup_create(&s->cgroups, path, e) < 0 || cgroup_open_tasks(&s->cgroups, path, fds, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (i < ARRAY_SIZE(s->monitor.tasks))
			s->monitor.tasks[s->monitor.n_tasks++] = fds[i];
		else
			own_close(&fds[i]);
	v2 = cgroup_v2_dir(&s->cgroups, path);
	s->monitor.cgroup = v2 < 0 ? 0 : v2;
	return v2 < 0 && v2 != -ENOENT ? err_sys(e, -v2, "open the monitors' cgroup") : 0;
}

static int start_keeper(void *context, struct err *e)
{
	struct starting *s = context;

	s->monitor.run_dir = s->run_dir;
	s->monitor.lock = s->c->lock;
	s->monitor.libexec = s->c->engine->instance->libexec;
	s->monitor.attach = s->how;
	return monitor_start(&s->monitor, s->how ? &s->attach : NULL, &s->exec_failure, e);
}

static const struct step steps[] = {
	{ "bind sources", make_sources, NULL },
	{ "directories", make_directories, NULL },
	{ "boot mark", mark_boot, NULL },
	{ "files", make_files, NULL },
	{ "spec", make_launch, NULL },
	{ "launch record", write_launch, drop_launch },
	{ "monitors cgroup", open_monitors_group, NULL },
	{ "start", start_keeper, NULL },
};

static void starting_done(struct starting *s)
{
	for (size_t i = 0; i < s->monitor.n_tasks; i++)
		own_close(&s->monitor.tasks[i]);
	if (s->monitor.cgroup > 0)
		own_close(&s->monitor.cgroup);
	own_close(&s->run_dir);
	cgroup_system_done(&s->cgroups);
	launch_done(&s->launch);
}

static int try_start(struct container *c, const struct engine_start *how, struct attach **ret, int *ret_exec_failure,
		     struct err *e)
{
	struct starting s = { .c = c, .how = how, .run_dir = -EBADF };
	int r = step_run("engine-start", steps, ARRAY_SIZE(steps), &s, e);

	*ret_exec_failure = s.exec_failure;
	if (r == 0 && ret)
		*ret = s.attach;
	else
		attach_free(s.attach);
	starting_done(&s);
	return r;
}

/* A file system without idmapped mounts below the container: the host's user namespace, said once and written down. */
static int share_userns(struct container *c, const struct err *why, struct err *e)
{
	struct record *r = &c->record;

	if (r->config.userns && str_eq(r->config.userns, "private")) {
		*e = *why;
		return -1;
	}
	r->host_userns = true;
	free(r->userns_reason);
	r->userns_reason = strdup(why->text);
	if (!r->userns_reason)
		return err_nomem(e);
	log_warn("container '%s' has no user namespace of its own: %s", c->row.name, why->text);
	return record_write(c->dir, r, e);
}

/* Docker's words for a start that failed: the code, a line, the sentence. Of a --rm container nothing stays. */
static void keep_failure(const struct container *c, int exec_failure, const struct err *why)
{
	autofree char *text = str_format("%d\n%s", exec_failure ? exec_failure : START_FAILED, why->text);
	struct err e = ERR_INIT;

	if (c->record.config.remove)
		return;
	if (!text || file_replace(c->dir, RECORD_FAILURE, text, strlen(text), 0600, FILE_ATOMIC, &e) < 0)
		log_warn("container '%s': its failure cannot be kept, ignoring: %s", c->row.name, text ? e.text : "no memory");
}

static bool is_running(const struct container *c)
{
	struct container_live live;

	container_live(c, &live);
	return live.state == CONTAINER_RUNNING;
}

int engine_start(struct engine *engine, const char *id, const struct engine_start *how, struct attach **ret,
		 int *ret_exec_failure, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	struct err why = ERR_INIT;
	int r;

	if (container_open(engine, id, &c, e) < 0 || container_lock(&c, "start", e) < 0)
		return -1;
	if (is_running(&c))
		return ret ? err_set(e, ERR_CONFLICT, "container '%s' is already running", c.row.name) : 0;
	(void)unlinkat(c.dir, RECORD_FAILURE, 0);
	r = try_start(&c, how, ret, ret_exec_failure, &why);
	if (r < 0 && !c.record.host_userns && strstr(why.text, "has no idmapped mounts")) {
		if (share_userns(&c, &why, e) < 0)
			return -1;
		r = try_start(&c, how, ret, ret_exec_failure, &why);
	}
	if (r < 0)
		keep_failure(&c, *ret_exec_failure, &why);
	if (r < 0 && e)
		*e = why;
	return r;
}
