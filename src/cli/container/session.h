/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The foreground of a container: our standard streams and signals joined to its monitor until it exits or the user
 * leaves. Signals are taken from session_init on, so that one that arrives while the container starts is not lost but
 * sent to it. Removing a --rm container when the monitor hands us that duty belongs here too.
 */

#include "base/err.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "engine/attach.h"
#include "engine/engine.h"

struct session {
	struct engine *engine;	 /* borrowed */
	const char *id;		 /* borrowed */
	struct attach *attach;	 /* owned */
	bool tty;		 /* the container has a terminal */
	bool stdin_open;	 /* we still send our input */
	struct signals signals;	 /* what is sent on, and WINCH */
	unsigned impatience;	 /* INT and TERM in a row that have not ended it */
	struct terminal terminal;
	struct detach_keys keys;
	char pending[8192 + 1]; /* input that the monitor has not taken yet */
	size_t pending_len;
};

#define SESSION_INIT { .signals = SIGNALS_INIT, .terminal = TERMINAL_INIT }

int session_init(struct session *s, struct err *e);
void session_done(struct session *s);
#define autosession cleanup(session_done)

/* What engine_start and engine_attach want to know: which streams, how large the terminal is. */
struct engine_start session_start(const struct session *s);

/* Relays until the end. The exit status: the container's, 0 after the detach keys, 128 + SIGPIPE when our own output has
 * no reader any more (the container goes on). */
int session_run(struct session *s, struct err *e);
