/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "runtime/command/bundle.h"
#include "runtime/command/command.h"
#include "runtime/command/console.h"
#include "runtime/labels.h"
#include "runtime/user.h"

enum { PROCESS_MAX = 16 << 20 };

struct exec_options {
	char *console_socket, *pid_file, *pidfd_socket, *process, *user, *cwd, *apparmor, *label;
	bool detach, terminal, ignore_paused;
	struct opt_bool no_new_privs;
	struct strv env, caps, gids, cgroups;
	struct opt_u32 preserve_fds;
};

static const struct opt rows[] = {
	OPT(struct exec_options, console_socket, "console-socket", 0, text, "unix socket that receives the terminal", "PATH"),
	OPT(struct exec_options, pid_file, "pid-file", 0, text, "file for the pid of the process", "FILE"),
	OPT(struct exec_options, pidfd_socket, "pidfd-socket", 0, text, "unix socket that receives a pidfd of the process", "PATH"),
	OPT(struct exec_options, process, "process", 'p', text, "process.json instead of arguments", "FILE"),
	OPT(struct exec_options, detach, "detach", 'd', flag, "return when the program runs"),
	OPT(struct exec_options, terminal, "tty", 't', flag, "give it a terminal"),
	OPT(struct exec_options, env, "env", 'e', list, "set a variable", "NAME=VALUE"),
	OPT(struct exec_options, user, "user", 'u', text, "UID[:GID]", "USER"),
	OPT(struct exec_options, gids, "additional-gids", 'g', list, "further groups", "GID"),
	OPT(struct exec_options, caps, "cap", 'c', list, "add a capability", "CAP"),
	OPT(struct exec_options, cgroups, "cgroup", 0, list, "run in a group below the container's", "[CONTROLLERS:]PATH"),
	OPT(struct exec_options, cwd, "cwd", 0, text, "working directory", "DIR"),
	OPT(struct exec_options, no_new_privs, "no-new-privs", 0, given, "no new privileges by exec"),
	OPT(struct exec_options, apparmor, "apparmor", 0, text, "AppArmor profile of the process", "PROFILE"),
	OPT(struct exec_options, label, "process-label", 0, text, "SELinux label of the process", "LABEL"),
	OPT(struct exec_options, ignore_paused, "ignore-paused", 0, flag, "wait in a paused container until it is resumed"),
	OPT(struct exec_options, preserve_fds, "preserve-fds", 0, uint, "pass this many descriptors from 3 on", "N"),
};
VERB_OPTIONS(options_table, rows, .operands_end_options = true);

static int exec_user(const char *text, struct oci_user *to, struct err *e)
{
	autofree char *copy = strdup(text);
	char *colon = copy ? strchr(copy, ':') : NULL;

	if (!copy)
		return err_nomem(e);
	if (colon)
		*colon++ = '\0';
	if (!user_parse_id(copy, &to->uid) || (colon && !user_parse_id(colon, &to->gid)))
		return err_set(e, ERR_INVALID, "--user '%s' is not UID[:GID]", text);
	return 0;
}

/* A container without capabilities gets its first. */
static int exec_capabilities(const struct strv *caps, struct oci_process *p, struct err *e)
{
	struct oci_capabilities *all = p->capabilities ? p->capabilities : calloc(1, sizeof(*all));
	struct strv *const sets[] = { &all->bounding, &all->effective, &all->permitted };

	if (!all)
		return err_nomem(e);
	p->capabilities = all;
	for (size_t i = 0; i < caps->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(sets); k++)
			if (!strv_contains(sets[k], caps->items[i]) && strv_add(sets[k], caps->items[i]) < 0)
				return err_nomem(e);
	return 0;
}

static int exec_gids(const struct strv *gids, struct oci_user *to, struct err *e)
{
	for (size_t i = 0; i < gids->n; i++) {
		uint32_t *gid = vec_add(&to->additional_gids);

		if (!gid)
			return err_nomem(e);
		if (!user_parse_id(gids->items[i], gid))
			return err_set(e, ERR_INVALID, "--additional-gids '%s' is not a gid", gids->items[i]);
	}
	return 0;
}

/* An empty text is as if it were not given. */
static int replace(char **to, const char *with, struct err *e)
{
	char *copy = with && with[0] ? strdup(with) : NULL;

	if (!with || !with[0])
		return 0;
	if (!copy)
		return err_nomem(e);
	free(*to);
	*to = copy;
	return 0;
}

/* The container's own process, changed by the flags. */
static int exec_from_flags(const struct call *call, struct oci_process *p, struct err *e)
{
	const struct exec_options *o = call->options;

	strv_done(&p->args);
	for (size_t i = 1; i < call->n; i++)
		if (strv_add(&p->args, call->operands[i]) < 0)
			return err_nomem(e);
	p->terminal = o->terminal;
	if (o->no_new_privs.set)
		p->no_new_privileges = o->no_new_privs.value;
	if (strv_copy(&p->env, &o->env) < 0)
		return err_nomem(e);
	if (labels_check_profile(o->apparmor, e) < 0)
		return -1;
	if (replace(&p->cwd, o->cwd, e) < 0 || replace(&p->apparmor_profile, o->apparmor, e) < 0 ||
	    replace(&p->selinux_label, o->label, e) < 0)
		return -1;
	if (o->user && exec_user(o->user, &p->user, e) < 0)
		return -1;
	if (o->caps.n > 0 && exec_capabilities(&o->caps, p, e) < 0)
		return -1;
	return exec_gids(&o->gids, &p->user, e);
}

static int read_process(const char *path, struct oci_process *ret, struct err *e)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);
	autostr struct str text = STR_INIT;
	int r = fd < 0 ? fd : io_read_all(fd, PROCESS_MAX, &text);

	if (r < 0)
		return err_sys(e, -r, "read process file '%s'", path);
	return decode_text(&oci_process_table, str_text(&text), text.len, ret, e) < 0 ?
		       err_prefix(e, "process file '%s'", path) : 0;
}

static int write_pid(const char *path, pid_t pid, struct err *e)
{
	const char *name;
	autofd int dir = -EBADF;
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid);

	if (!path)
		return 0;
	dir = path_open_parent(AT_FDCWD, path, PATH_HOST, &name);
	if (dir < 0)
		return err_sys(e, -dir, "open the directory of pid file '%s'", path);
	return file_place(dir, name, text, (size_t)len, 0644, e);
}

static int tell_process(const struct exec_options *o, const struct proc *child, struct err *e)
{
	if (write_pid(o->pid_file, child->pid, e) < 0)
		return -1;
	return o->pidfd_socket ? bundle_send_pidfd(o->pidfd_socket, child, e) : 0;
}

/* A process that nobody was told of is ended again. */
static int exec_process(const struct call *call, struct runtime_target *target, const struct oci_process *process,
			struct err *e)
{
	const struct exec_options *o = call->options;
	cleanup(foreground_done) struct foreground f = FOREGROUND_INIT;
	autoproc struct proc child = PROC_INIT;
	autofd int console = -EBADF;
	int status;
	struct oci_process sized = *process;
	struct oci_box size;
	struct runtime_exec how = { .process = &sized, .stdio = { 0, 1, 2 },
				    .preserve_fds = o->preserve_fds.value, .arguments = call->globals->arguments,
				    .ignore_paused = o->ignore_paused, .cgroups = &o->cgroups };

	if (bundle_check_preserved(o->preserve_fds.value, e) < 0)
		return -1;
	console = console_open(process->terminal ? o->console_socket : NULL, process->terminal, o->detach, &f, e);
	if (console < 0 && console != -EBADF)
		return -1;
	if (process->terminal && !o->detach && foreground_size(&size))
		sized.console_size = &size;
	how.console_socket = console;
	if (runtime_exec(target, &how, &child, e) < 0)
		return -1;
	if (tell_process(o, &child, e) < 0 || foreground_begin(&f, e) < 0) {
		(void)proc_kill_wait(&child);
		return -1;
	}
	own_defer_begin(); /* our exit closes */
	status = o->detach ? 0 : foreground_wait(&f, &child, e);
	if (status < 0)
		(void)proc_kill_wait(&child);
	return status;
}

static int exec_from_file(const struct call *call, struct runtime_target *target, const char *path, struct err *e)
{
	struct oci_process process;
	int r;

	if (read_process(path, &process, e) < 0)
		return -1;
	r = exec_process(call, target, &process, e);
	decode_done(&oci_process_table, &process);
	return r;
}

static int exec_run(const struct call *call, struct err *e)
{
	const struct exec_options *o = call->options;
	struct runtime_target *target;
	int r;

	if (!o->process && call->n < 2)
		return err_set(e, ERR_INVALID, "exec: a program is wanted after the container's id");
	if (runtime_target_open(call->root, call->operands[0], &target, e) < 0)
		return -1;
	if (o->process)
		r = exec_from_file(call, target, o->process, e);
	else
		r = exec_from_flags(call, runtime_target_process(target), e);
	if (r == 0 && !o->process)
		r = exec_process(call, target, runtime_target_process(target), e);
	runtime_target_free(target);
	return r;
}

static void exec_done(void *options)
{
	struct exec_options *o = options;

	free(o->console_socket);
	free(o->pid_file);
	free(o->pidfd_socket);
	free(o->apparmor);
	free(o->label);
	free(o->process);
	free(o->user);
	free(o->cwd);
	strv_done(&o->env);
	strv_done(&o->caps);
	strv_done(&o->gids);
	strv_done(&o->cgroups);
}

const struct verb verb_exec = {
	.name = "exec",
	.operands = "ID PROGRAM [ARG...]",
	.summary = "run a further process in a container",
	.options = &options_table,
	.size = sizeof(struct exec_options),
	.min = 1, .max = COMMAND_ANY,
	.failure = 255,
	.run = exec_run,
	.done = exec_done,
};
