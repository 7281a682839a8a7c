/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoint.h"

/*
 * A checkpoint is one request to criu, which stops the processes, saves them and ends or continues them. Until its answer
 * the container is what it was; a failure leaves it running. It holds the container's lock: a second checkpoint or a
 * delete is refused, and a delete by force ends the container, and with it the request.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/protobuf.h"
#include "linux/cgroup.h"
#include "runtime/config.h"
#include "runtime/criu_image.h"
#include "runtime/criu_mounts.h"
#include "runtime/criu_namespaces.h"
#include "runtime/state.h"

struct checkpoint {
	const struct runtime_checkpoint *how;
	int dir; /* of the state */
	struct state state;
	struct config config;
	struct cgroup_system cgroups;
	struct criu_image image;
	bool paused;
};

static void checkpoint_done(struct checkpoint *c)
{
	own_close(&c->dir);
	state_done(&c->state);
	config_done(&c->config);
	cgroup_system_done(&c->cgroups);
	criu_image_done(&c->image);
}

static int open_container(struct checkpoint *c, struct runtime_root *root, const char *id, struct err *e)
{
	static const char *const words[] = {
		[STATE_CREATING] = "creating", [STATE_CREATED] = "created", [STATE_STOPPED] = "stopped",
	};
	int status;

	c->dir = state_open(root, id, e);
	if (c->dir < 0 || state_lock(c->dir, id, false, e) < 0)
		return -1;
	if (state_is_removed(c->dir))
		return state_not_found(id, e);
	if (state_read(c->dir, id, &c->state, e) < 0)
		return -1;
	status = state_status(c->dir, &c->state, NULL, e);
	if (status < 0)
		return -1;
	if (status != STATE_RUNNING)
		return err_set(e, ERR_CONFLICT, "container cannot be checkpointed in %s state", words[status]);
	if (c->state.launch)
		return err_set(e, ERR_UNSUPPORTED, "container '%s' has no bundle that it could be restored with", id);
	if (config_read(c->dir, &c->state, &c->config, e) < 0 || state_read_cgroups(&c->state, &c->cgroups, e) < 0)
		return -1;
	c->paused = state_is_paused(&c->state) > 0;
	return criu_namespaces_check(config_spec(&c->config), e);
}

/* criu opens it relative to the images, also at the restore. */
static int add_parent(const struct checkpoint *c, struct str *to, struct err *e)
{
	const char *path = c->how->parent;
	autofd int dir = -EBADF;

	if (!path)
		return 0;
	if (path[0] == '/')
		return err_set(e, ERR_INVALID, "--parent-path '%s' must be relative to the image path", path);
	dir = path_open(c->image.dir, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return err_sys(e, -dir, "--parent-path '%s'", path);
	protobuf_add_text(to, CRIU_PARENT, path);
	protobuf_add_number(to, CRIU_TRACK_MEMORY, true);
	return 0;
}

/* ADDRESS:PORT, an IPv6 address in brackets. */
static int add_page_server(const char *text, struct str *to, struct err *e)
{
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[' && colon && colon > text + 2 && colon[-1] == ']';
	autofree char *address = NULL;
	unsigned port;
	char rest;

	if (!colon || colon == text || sscanf(colon + 1, "%5u%c", &port, &rest) != 1 || port == 0 || port > UINT16_MAX)
		return err_set(e, ERR_INVALID, "--page-server '%.200s' is not ADDRESS:PORT", text);
	address = brackets ? strndup(text + 1, (size_t)(colon - text) - 2) : strndup(text, (size_t)(colon - text));
	if (!address)
		return err_nomem(e);
	criu_add_page_server(to, address, (uint16_t)port);
	return 0;
}

/* Then no process is seized one by one while others make new ones. */
static void add_freezer(const struct checkpoint *c, struct str *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(&c->cgroups, "freezer");
	char path[PATH_MAX];

	if (!h)
		h = cgroup_unified(&c->cgroups);
	if (h && c->state.cgroup)
		protobuf_add_text(to, CRIU_FREEZER, cgroup_file(h, c->state.cgroup, NULL, path));
}

/* What a pre-dump has no use for: it is memory alone. */
static int add_outside(struct checkpoint *c, struct str *to, struct err *e)
{
	autofd int root = -EBADF;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", c->state.pid);
	root = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return err_sys(e, -root, "open the root of container '%s'", c->state.id);
	if (criu_mounts_save(&c->state, config_spec(&c->config), &c->cgroups, root, to, e) < 0)
		return -1;
	return criu_image_keep_stdio(&c->image, c->state.pid, e);
}

/* criu's page server does not look at it: it fails when the first page is asked for (4.2, pipe_read_dest_init). */
static int check_lazy_pages(const struct checkpoint *c, struct err *e)
{
	struct proc_self self;

	if (!c->how->criu.lazy_pages)
		return 0;
	proc_self_read(&self);
	if (self.permitted & UINT64_C(1) << CAP_SYS_RESOURCE)
		return 0;
	return err_set(e, ERR_DENIED, "--lazy-pages: criu's page server needs CAP_SYS_RESOURCE, for a pipe that is larger than "
		       "/proc/sys/fs/pipe-max-size");
}

static int add_options(struct checkpoint *c, struct err *e)
{
	struct str *to = &c->image.options;

	if (check_lazy_pages(c, e) < 0)
		return -1;
	protobuf_add_number(to, CRIU_PID, (uint64_t)c->state.pid);
	protobuf_add_text(to, CRIU_ROOT, c->state.rootfs);
	protobuf_add_number(to, CRIU_LEAVE_RUNNING, c->how->leave_running);
	protobuf_add_number(to, CRIU_TCP_SKIP_IN_FLIGHT, c->how->tcp_skip_in_flight);
	add_freezer(c, to);
	if (add_parent(c, to, e) < 0 || criu_namespaces_save(config_spec(&c->config), to, e) < 0)
		return -1;
	if (c->how->page_server && add_page_server(c->how->page_server, to, e) < 0)
		return -1;
	return c->how->pre_dump ? 0 : add_outside(c, to, e);
}

static int listen_to(void *arg, const struct criu_notice *notice, struct err *e)
{
	const struct checkpoint *c = arg;
	int r;

	if (!str_eq(notice->name, "status-ready") || c->how->status_fd < 0)
		return 0;
	r = io_write_full(c->how->status_fd, "", 1);
	if (r < 0)
		log_warn("--status-fd: %s, ignoring", strerror(-r));
	return 0;
}

static int start(const struct checkpoint *c, struct criu *ret, struct err *e)
{
	autofd int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0);
	const struct proc_spawn how = {
		.keep = (const int[]){ null, 0, STDERR_FILENO, 1, STDERR_FILENO, 2 },
		.n_keep = 3,
	};

	return null < 0 ? err_sys(e, -null, "open '/dev/null'") : criu_start(c->how->criu.program, &how, ret, e);
}

/* criu itself gives up in the middle. */
static int check_tracking(const struct checkpoint *c, struct err *e)
{
	cleanup(criu_done) struct criu criu = CRIU_INIT;
	int can = 1;

	if (c->how->pre_dump || c->how->parent)
		can = start(c, &criu, e) < 0 ? -1 : criu_can_track_memory(&criu, e);
	return can ? can : err_set(e, ERR_UNSUPPORTED, "--pre-dump and --parent-path: this kernel does not tell which memory "
				   "was written to (CONFIG_MEM_SOFT_DIRTY)");
}

static int ask(struct checkpoint *c, struct err *e)
{
	cleanup(criu_done) struct criu criu = CRIU_INIT;

	if (check_tracking(c, e) < 0 || start(c, &criu, e) < 0)
		return -1;
	if (criu_ask(&criu, c->how->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &c->image.options, listen_to, c, NULL, e) == 0)
		return 0;
	return criu.refused ? criu_image_explain(&c->image, e) : -1;
}

/* A criu that was killed may have left the processes frozen. */
static void let_run(const struct checkpoint *c)
{
	if (!c->paused && c->state.cgroup && cgroup_is_frozen(&c->cgroups, c->state.cgroup) > 0)
		(void)cgroup_freeze(&c->cgroups, c->state.cgroup, false, NULL);
}

/* Its processes are gone, and the lock is ours. */
static int remove_container(const struct checkpoint *c, struct runtime_root *root, struct err *e)
{
	struct runtime_made made = { .dir = c->dir, .state = c->state, .cgroups = c->cgroups };
	const struct runtime_held held = { .start = -EBADF, .made = &made };

	return runtime_delete_held(root, &held, e);
}

int runtime_checkpoint(struct runtime_root *root, const char *id, const struct runtime_checkpoint *how, struct err *e)
{
	cleanup(checkpoint_done) struct checkpoint c = { .how = how, .dir = -EBADF, .image = CRIU_IMAGE_INIT };

	if (open_container(&c, root, id, e) < 0 ||
	    criu_image_open(&c.image, &how->criu, config_spec(&c.config), true, "dump.log", e) < 0 || add_options(&c, e) < 0)
		return -1;
	if (ask(&c, e) < 0) {
		let_run(&c);
		return -1;
	}
	return how->leave_running || how->pre_dump ? 0 : remove_container(&c, root, e);
}
