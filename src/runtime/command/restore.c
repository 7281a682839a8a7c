/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "runtime/command/bundle.h"
#include "runtime/command/cgroups.h"
#include "runtime/command/console.h"
#include "runtime/command/criu.h"

struct restore_options {
	struct criu_options criu;
	struct bundle_options bundle;
	char *lsm_profile, *lsm_mount_context;
	bool detach;
};

#define ROW(...) OPT(struct restore_options, __VA_ARGS__)

static const struct opt rows[] = {
	CRIU_OPTIONS(restore_options),
	ROW(bundle.bundle, "bundle", 'b', text, "directory of config.json (default: the working directory)", "DIR"),
	ROW(bundle.console_socket, "console-socket", 0, text, "unix socket that receives the terminal", "PATH"),
	ROW(bundle.pid_file, "pid-file", 0, text, "file for the pid of the first process", "FILE"),
	ROW(bundle.no_subreaper, "no-subreaper", 0, flag, "as always: orphans go to the machine's first process"),
	ROW(bundle.no_pivot, "no-pivot", 0, flag, "refused: criu enters the root by pivot_root alone"),
	ROW(lsm_profile, "lsm-profile", 0, text, "instead of the saved one: apparmor:NAME or selinux:LABEL", "PROFILE"),
	ROW(lsm_mount_context, "lsm-mount-context", 0, text, "SELinux label of mounts, instead of the saved one", "LABEL"),
	ROW(detach, "detach", 'd', flag, "return when the container runs"),
};
VERB_OPTIONS(options_table, rows);

static int restore(struct bundle *bundle, const struct call *call, int console, struct proc *ret, struct err *e)
{
	const struct restore_options *o = call->options;
	struct runtime_restore how = {
		.create = bundle_how(bundle, call, &o->bundle, console),
		.lsm_profile = o->lsm_profile,
		.lsm_mount_context = o->lsm_mount_context,
	};

	if (criu_options_read(&o->criu, call->globals, &how.criu, e) < 0 ||
	    cgroups_choose(call->globals, &how.create, e) < 0)
		return -1;
	return runtime_restore(call->root, &how, ret, e);
}

static int wait_for_end(const struct call *call, struct foreground *f, struct proc *init, struct err *e)
{
	const char *id = call->operands[0];
	int status;

	if (foreground_begin(f, e) < 0) {
		(void)runtime_delete(call->root, id, true, NULL);
		(void)proc_wait(init, 0);
		return -1;
	}
	status = foreground_wait(f, init, e);
	return status < 0 || runtime_delete(call->root, id, true, e) < 0 ? -1 : status;
}

static int restore_run(const struct call *call, struct err *e)
{
	const struct restore_options *o = call->options;
	cleanup(foreground_done) struct foreground f = FOREGROUND_INIT;
	cleanup(bundle_done) struct bundle bundle = BUNDLE_INIT;
	autoproc struct proc init = PROC_INIT;
	autofd int console = -EBADF;

	if (o->bundle.no_pivot)
		return err_set(e, ERR_UNSUPPORTED, "--no-pivot: criu enters the root of a container by pivot_root alone");
	if (bundle_open(&bundle, &o->bundle, e) < 0)
		return -1;
	console = console_open(o->bundle.console_socket, bundle.spec.process && bundle.spec.process->terminal, o->detach,
			       &f, e);
	if ((console < 0 && console != -EBADF) || restore(&bundle, call, console, &init, e) < 0)
		return -1;
	return o->detach ? 0 : wait_for_end(call, &f, &init, e);
}

static void restore_done(void *options)
{
	struct restore_options *o = options;

	criu_options_done(&o->criu);
	bundle_options_done(&o->bundle);
	free(o->lsm_profile);
	free(o->lsm_mount_context);
}

const struct verb verb_restore = {
	.name = "restore",
	.operands = "ID",
	.summary = "make a container from a checkpoint, by criu",
	.options = &options_table,
	.size = sizeof(struct restore_options),
	.min = 1, .max = 1,
	.run = restore_run,
	.done = restore_done,
};
