/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "runtime/command/criu.h"

struct checkpoint_options {
	struct criu_options criu;
	char *parent_path, *page_server;
	struct opt_i64 status_fd;
	bool leave_running, pre_dump, tcp_skip_in_flight;
};

#define ROW(...) OPT(struct checkpoint_options, __VA_ARGS__)

static const struct opt rows[] = {
	CRIU_OPTIONS(checkpoint_options),
	ROW(parent_path, "parent-path", 0, text, "directory of an earlier checkpoint, relative to this one's: only what has "
	    "changed is saved", "DIR"),
	ROW(leave_running, "leave-running", 0, flag, "the container goes on"),
	ROW(pre_dump, "pre-dump", 0, flag, "memory alone, for --parent-path; the container goes on"),
	ROW(tcp_skip_in_flight, "tcp-skip-in-flight", 0, flag, "leave out TCP connections that are not accepted yet"),
	ROW(page_server, "page-server", 0, text, "where memory goes to, or with --lazy-pages is fetched from",
	    "ADDRESS:PORT"),
	ROW(status_fd, "status-fd", 0, int, "descriptor that gets a NUL byte when lazy pages can be fetched", "FD"),
};
VERB_OPTIONS(options_table, rows);

static int read_status_fd(const struct opt_i64 *option, int *ret, struct err *e)
{
	int flags;

	*ret = -EBADF;
	if (!option->set)
		return 0;
	if (option->value < 0 || option->value > INT32_MAX)
		return err_set(e, ERR_INVALID, "--status-fd %lld is not a descriptor", (long long)option->value);
	flags = fcntl((int)option->value, F_GETFL);
	if (flags < 0 || fcntl((int)option->value, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, errno, "--status-fd %lld", (long long)option->value);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return err_set(e, ERR_INVALID, "--status-fd %lld cannot be written to", (long long)option->value);
	*ret = (int)option->value;
	return 0;
}

static int checkpoint_run(const struct call *call, struct err *e)
{
	const struct checkpoint_options *o = call->options;
	struct runtime_checkpoint how = {
		.parent = o->parent_path && o->parent_path[0] ? o->parent_path : NULL,
		.page_server = o->page_server && o->page_server[0] ? o->page_server : NULL,
		.leave_running = o->leave_running,
		.pre_dump = o->pre_dump,
		.tcp_skip_in_flight = o->tcp_skip_in_flight,
	};

	if (criu_options_read(&o->criu, call->globals, &how.criu, e) < 0 ||
	    read_status_fd(&o->status_fd, &how.status_fd, e) < 0)
		return -1;
	if (how.status_fd >= 0 && !how.criu.lazy_pages)
		return err_set(e, ERR_INVALID, "--status-fd is told about --lazy-pages alone");
	return runtime_checkpoint(call->root, call->operands[0], &how, e);
}

static void checkpoint_done(void *options)
{
	struct checkpoint_options *o = options;

	criu_options_done(&o->criu);
	free(o->parent_path);
	free(o->page_server);
}

const struct verb verb_checkpoint = {
	.name = "checkpoint",
	.operands = "ID",
	.summary = "save a running container as files, by criu",
	.options = &options_table,
	.size = sizeof(struct checkpoint_options),
	.min = 1, .max = 1,
	.run = checkpoint_run,
	.done = checkpoint_done,
};
