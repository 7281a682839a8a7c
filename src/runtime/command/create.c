/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/bundle.h"
#include "runtime/command/console.h"

struct create_options { struct bundle_options bundle; };

static const struct opt rows[] = {
	BUNDLE_OPTIONS(create_options),
};
VERB_OPTIONS(options_table, rows);

static int create_run(const struct call *call, struct err *e)
{
	const struct create_options *o = call->options;
	cleanup(bundle_done) struct bundle bundle = BUNDLE_INIT;
	autofd int console = -EBADF;
	autoproc struct proc init = PROC_INIT;

	if (bundle_open(&bundle, &o->bundle, e) < 0)
		return -1;
	if (o->bundle.console_socket) {
		console = console_connect(o->bundle.console_socket, e);
		if (console < 0)
			return -1;
	}
	return bundle_create(&bundle, call, &o->bundle, console, &init, NULL, e);
}

static void create_done(void *options)
{
	bundle_options_done(&((struct create_options *)options)->bundle);
}

const struct verb verb_create = {
	.name = "create",
	.operands = "ID",
	.summary = "make a container that waits to be started",
	.options = &options_table,
	.size = sizeof(struct create_options),
	.min = 1, .max = 1,
	.run = create_run,
	.done = create_done,
};
