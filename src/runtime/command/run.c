/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/bundle.h"
#include "runtime/command/console.h"

struct run_options {
	struct bundle_options bundle;
	bool detach, keep;
};

static const struct opt rows[] = {
	BUNDLE_OPTIONS(run_options),
	OPT(struct run_options, detach, "detach", 'd', flag, "return when the program runs"),
	OPT(struct run_options, keep, "keep", 0, flag, "do not delete the container when it has ended"),
};
VERB_OPTIONS(options_table, rows);

/* Starts the container, waits for it unless detached, and deletes it. */
static int run_created(const struct call *call, const struct bundle *bundle, struct foreground *f, struct proc *init,
		       const struct runtime_held *held, struct err *e)
{
	const struct run_options *o = call->options;
	const char *id = call->operands[0];
	int status;

	if (foreground_begin(f, e) < 0 || runtime_start_here(call->root, id, &bundle->spec, held->start, e) < 0 ||
	    (bundle->spec.hooks && runtime_poststart(call->root, id, e) < 0)) {
		(void)runtime_delete(call->root, id, true, NULL);
		(void)proc_wait(init, 0);
		return -1;
	}
	if (o->detach)
		return 0;
	own_defer_begin(); /* our exit closes */
	status = foreground_wait(f, init, e);
	if (status < 0)
		(void)runtime_delete(call->root, id, true, NULL);
	if (status < 0 || o->keep)
		return status;
	return runtime_delete_held(call->root, held, e) < 0 ? -1 : status;
}

static int run_run(const struct call *call, struct err *e)
{
	const struct run_options *o = call->options;
	cleanup(foreground_done) struct foreground f = FOREGROUND_INIT;
	cleanup(bundle_done) struct bundle bundle = BUNDLE_INIT;
	autoproc struct proc init = PROC_INIT;
	cleanup(runtime_held_done) struct runtime_held held = RUNTIME_HELD_INIT;
	autofd int console = -EBADF;

	if (bundle_open(&bundle, &o->bundle, e) < 0)
		return -1;
	console = console_open(o->bundle.console_socket, bundle.spec.process->terminal, o->detach,
			       &f, e);
	if (console < 0 && console != -EBADF)
		return -1;
	if (bundle_create(&bundle, call, &o->bundle, console, &init, &held, e) < 0)
		return -1;
	return run_created(call, &bundle, &f, &init, &held, e);
}

static void run_done(void *options)
{
	bundle_options_done(&((struct run_options *)options)->bundle);
}

const struct verb verb_run = {
	.name = "run",
	.operands = "ID",
	.summary = "create and start a container",
	.options = &options_table,
	.size = sizeof(struct run_options),
	.min = 1, .max = 1,
	.run = run_run,
	.done = run_done,
};
