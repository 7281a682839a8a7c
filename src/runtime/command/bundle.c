/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "runtime/annotations.h"
#include "runtime/command/cgroups.h"
#include "runtime/command/console.h"
#include "runtime/config.h"
#include "runtime/user.h"

enum { PRESERVE_MAX = 1024 };

void bundle_options_done(struct bundle_options *options)
{
	free(options->bundle);
	free(options->console_socket);
	free(options->pid_file);
	free(options->pidfd_socket);
}

static int read_config(int dir, struct bundle *bundle, struct err *e)
{
	if (file_read(dir, "config.json", CONFIG_MAX, &bundle->text, e) < 0)
		return err_prefix(e, "bundle '%s'", bundle->path);
	if (config_parse(&bundle->text, &bundle->spec, e) < 0)
		return err_prefix(e, "config.json");
	bundle->read = true;
	return 0;
}

int bundle_open(struct bundle *bundle, const struct bundle_options *options, struct err *e)
{
	const char *path = options->bundle ? options->bundle : ".";

	bundle->fd = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (bundle->fd < 0)
		return err_sys(e, -bundle->fd, "bundle '%s'", path);
	bundle->path = path_name_of(bundle->fd);
	if (!bundle->path)
		return err_sys(e, errno, "bundle '%s'", path);
	return read_config(bundle->fd, bundle, e);
}

void bundle_done(struct bundle *bundle)
{
	if (bundle->read)
		oci_spec_done(&bundle->spec);
	own_close(&bundle->fd);
	str_done(&bundle->text);
	free(bundle->path);
}

/* How many sockets systemd has passed to this very process (sd_listen_fds(3)); the program is told the same. */
static int listen_fds(struct oci_process *process, uint32_t *ret, struct err *e)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t number, n;

	*ret = 0;
	if (!pid || !fds || !user_parse_id(pid, &number) || number != (uint32_t)getpid())
		return 0;
	if (!user_parse_id(fds, &n) || n > PRESERVE_MAX)
		return err_set(e, ERR_INVALID, "LISTEN_FDS '%.20s' is not a number of descriptors", fds);
	if (strv_addf(&process->env, "LISTEN_FDS=%u", n) < 0 || strv_add(&process->env, "LISTEN_PID=1") < 0)
		return err_nomem(e);
	*ret = n;
	return 0;
}

/* What the caller did not pass is one of ours, close-on-exec, or nothing at all. */
int bundle_check_preserved(uint32_t n, struct err *e)
{
	if (n > PRESERVE_MAX)
		return err_set(e, ERR_INVALID, "--preserve-fds %u: at most %d", n, PRESERVE_MAX);
	for (int fd = 3; fd < 3 + (int)n; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || flags & FD_CLOEXEC)
			return err_set(e, ERR_INVALID, "--preserve-fds: descriptor %d was not passed", fd);
	}
	return 0;
}

int bundle_send_pidfd(const char *path, const struct proc *process, struct err *e)
{
	autofd int sock = console_connect(path, e);
	int r = sock < 0 ? 0 : io_send_fds(sock, "pidfd", strlen("pidfd"), &process->pidfd, 1);

	if (sock < 0)
		return -1;
	return r < 0 ? err_sys(e, -r, "send the pidfd to '%s'", path) : 0;
}

/* To whom the command says and to whom the configuration says. */
static int tell_pidfd(const struct bundle *bundle, const struct bundle_options *options, const struct proc *init,
		      struct err *e)
{
	const char *receiver = annotation_get(&bundle->spec, ANNOTATION_PIDFD_RECEIVER);

	if (options->pidfd_socket && bundle_send_pidfd(options->pidfd_socket, init, e) < 0)
		return -1;
	if (receiver && bundle_send_pidfd(receiver, init, e) < 0)
		return err_prefix(e, "annotations." ANNOTATION_PIDFD_RECEIVER);
	return 0;
}

struct runtime_create bundle_how(const struct bundle *bundle, const struct call *call,
				 const struct bundle_options *options, int console)
{
	return (struct runtime_create){
		.id = call->operands[0],
		.spec = &bundle->spec,
		.config = &bundle->text,
		.bundle = bundle->path,
		.bundle_fd = bundle->fd,
		.stdio = { 0, 1, 2 },
		.console_socket = console,
		.pid_file = options->pid_file,
		.no_pivot = options->no_pivot,
		.no_new_keyring = options->no_new_keyring,
		.arguments = call->globals->arguments,
	};
}

int bundle_create(struct bundle *bundle, const struct call *call, const struct bundle_options *options, int console,
		  struct proc *ret, struct runtime_held *ret_held, struct err *e)
{
	struct runtime_create how = bundle_how(bundle, call, options, console);
	uint32_t passed;

	how.ret_held = ret_held;
	if (listen_fds(bundle->spec.process, &passed, e) < 0)
		return -1;
	how.preserve_fds = passed + options->preserve_fds.value;
	if (cgroups_choose(call->globals, &how, e) < 0)
		return -1;
	if (bundle_check_preserved(how.preserve_fds, e) < 0 || runtime_create(call->root, &how, ret, e) < 0)
		return -1;
	if (tell_pidfd(bundle, options, ret, e) == 0)
		return 0;
	(void)runtime_delete(call->root, how.id, true, NULL);
	return -1;
}
