/* SPDX-License-Identifier: Apache-2.0 */

/* The write ends of the output pipes exist only here and in the container, so that the keeper sees their end. */

#include "monitor/create.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/path.h"
#include "formats/launch.h"
#include "formats/monitor_msg.h"
#include "runtime/runtime.h"

enum { CREATE_PIPE_SIZE = 256 << 10 };

struct create {
	int run_dir, sock;
	struct launch launch;
	int ours[CONTAINER_FDS]; /* what the keeper gets */
	int stdio[3];
	int console[2];
	struct runtime_root *root;
	struct proc init;
};

static int create_send(const struct create *c, const struct create_message *message, const int *fds, size_t n,
		       struct err *e)
{
	int r = io_send_fds(c->sock, message, sizeof(*message), fds, n);

	return r < 0 ? err_sys(e, -r, "write to the keeper") : 0;
}

static int create_dir(const char *path, struct err *e)
{
	int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 ? err_sys(e, -fd, "open '%s'", path) : fd;
}

static int create_pipe(int *ret_ours, int *ret_theirs, bool ours_reads, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	if (ours_reads)
		(void)fcntl(ends[0], F_SETPIPE_SZ, CREATE_PIPE_SIZE); /* smaller is only slower */
	*ret_ours = ends[ours_reads ? 0 : 1];
	*ret_theirs = ends[ours_reads ? 1 : 0];
	return 0;
}

static int create_stdio(struct create *c, struct err *e)
{
	int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR | O_NOCTTY, 0);

	if (null < 0)
		return err_sys(e, -null, "open '/dev/null'");
	for (int i = 0; i < 3; i++)
		c->stdio[i] = c->ours[CONTAINER_STDIN + i] = null;
	if (c->launch.spec.process->terminal) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->console) < 0)
			return err_sys(e, errno, "make a terminal socket");
		return 0;
	}
	if (c->launch.open_stdin && create_pipe(&c->ours[CONTAINER_STDIN], &c->stdio[0], false, e) < 0)
		return -1;
	for (int i = 1; i < 3; i++)
		if (create_pipe(&c->ours[CONTAINER_STDIN + i], &c->stdio[i], true, e) < 0)
			return -1;
	return 0;
}

/* The log's directory and name; without a log the container's directory stands in. */
static int create_log(struct create *c, struct container_facts *facts, struct err *e)
{
	const struct launch_log *log = &c->launch.log;
	autofree char *path = strdup(log->path ? log->path : c->launch.container_dir);
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!path)
		return err_nomem(e);
	if (log->path) {
		if (!slash || slash == path || strlen(slash + 1) >= sizeof(facts->log_name) || !slash[1])
			return err_set(e, ERR_INVALID, "log path '%s' is not usable", path);
		memcpy(facts->log_name, slash + 1, strlen(slash + 1) + 1);
		*slash = '\0';
		facts->has_log = true;
		facts->log_max_size = log->max_size;
		facts->log_max_files = log->max_files;
	}
	c->ours[CONTAINER_LOG] = create_dir(path, e);
	return c->ours[CONTAINER_LOG] < 0 ? -1 : 0;
}

static int create_facts(struct create *c, struct err *e)
{
	struct create_message message = { .type = CREATE_FACTS };
	struct container_facts *facts = &message.facts;
	const struct launch *l = &c->launch;

	if (!l->spec.process)
		return err_set(e, ERR_INVALID, "the launch record has no process");
	facts->slot = l->slot;
	facts->remove = l->remove;
	facts->open_stdin = l->open_stdin;
	facts->tty = l->spec.process->terminal;
	if (strlen(l->id) >= sizeof(facts->id))
		return err_set(e, ERR_INVALID, "id '%s' is too long", l->id);
	memcpy(facts->id, l->id, strlen(l->id) + 1);
	if (snprintf(facts->runtime_root, sizeof(facts->runtime_root), "%s/%s", l->run_root, LAUNCH_RUNTIME_ROOT) >=
	    (int)sizeof(facts->runtime_root))
		return err_set(e, ERR_INVALID, "run root '%s' is too long", l->run_root);
	c->ours[CONTAINER_DIR] = create_dir(l->container_dir, e);
	if (c->ours[CONTAINER_DIR] < 0)
		return -1;
	c->ours[CONTAINER_ROOT] = create_dir(l->run_root, e);
	if (c->ours[CONTAINER_ROOT] < 0 || create_log(c, facts, e) < 0 || create_stdio(c, e) < 0)
		return -1;
	return create_send(c, &message, c->ours, CONTAINER_FDS, e);
}

static int create_size(struct create *c, uint32_t rows, uint32_t columns, struct err *e)
{
	struct oci_process *process = c->launch.spec.process;

	if (!process->terminal || !rows)
		return 0;
	if (!process->console_size)
		process->console_size = malloc(sizeof(*process->console_size));
	if (!process->console_size)
		return err_nomem(e);
	*process->console_size = (struct oci_box){ .height = rows, .width = columns };
	return 0;
}

static int create_made(struct create *c, const struct runtime_held *held, struct err *e)
{
	autofd int counter = runtime_held_oom_counter(held);
	struct create_message message = { .type = CREATE_MADE, .pid = c->init.pid, .counts_oom = counter >= 0 };
	int fds[3] = { c->init.pidfd, counter };
	size_t n = counter >= 0 ? 2 : 1, terminals = 1;
	char name[256];
	ssize_t r;

	if (c->launch.spec.process->terminal) {
		r = io_recv_fds(c->console[0], name, sizeof(name), &fds[n], &terminals);
		if (r < 0 || terminals != 1)
			return err_sys(e, r < 0 ? (int)-r : EPROTO, "receive the terminal");
		n++;
	}
	return create_send(c, &message, fds, n, e);
}

static int create_container(struct create *c, int *ret_failure, struct err *e)
{
	cleanup(runtime_held_done) struct runtime_held held = RUNTIME_HELD_INIT;
	struct runtime_create how = {
		.id = c->launch.id, .spec = &c->launch.spec, .bundle = c->launch.container_dir, .launch = &c->launch,
		.stdio = { c->stdio[0], c->stdio[1], c->stdio[2] }, .console_socket = c->console[1], .sibling = true,
		.ret_held = &held,
	};
	autofree char *path = str_format("%s/%s", c->launch.run_root, LAUNCH_RUNTIME_ROOT);

	if (!path)
		return err_nomem(e);
	if (runtime_root_open(path, &c->root, e) < 0 || runtime_create(c->root, &how, &c->init, e) < 0 ||
	    create_made(c, &held, e) < 0)
		return -1;
	/* What fails from here on is the user's program. */
	if (runtime_start_here(c->root, c->launch.id, &c->launch.spec, held.start, e) < 0) {
		*ret_failure = monitor_exec_failure(e);
		return -1;
	}
	return 0;
}

/* A keeper that was lost meanwhile cannot undo, and nobody would know of the container. */
static void create_undo(struct create *c)
{
	if (c->init.pidfd >= 0)
		(void)runtime_delete(c->root, c->launch.id, true, NULL);
}

void create_run(int run_dir, int sock, uint32_t rows, uint32_t columns)
{
	struct create c = { .run_dir = run_dir, .sock = sock, .console = { -EBADF, -EBADF }, .init = PROC_INIT };
	struct create_message result = { .type = CREATE_RESULT };

	if (launch_read(run_dir, &c.launch, &result.err) == 0 && create_facts(&c, &result.err) == 0 &&
	    create_size(&c, rows, columns, &result.err) == 0)
		(void)create_container(&c, &result.failure, &result.err);
	if (create_send(&c, &result, NULL, 0, NULL) < 0)
		create_undo(&c);
}
