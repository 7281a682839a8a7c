/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The command line of lighter-runtime: runc's verbs and flags. A verb is a constant in a file of its own: its options, its
 * operands, one sentence, and the function that does it; command.c lists them. What several verbs share is in bundle.h
 * (the bundle, the options of create and run) and console.h (where a terminal goes).
 */

#include <stddef.h>

#include "base/err.h"
#include "base/opt.h"
#include "base/own.h"
#include "runtime/runtime.h"

enum { COMMAND_FAILED = 1, COMMAND_ANY = 1 << 30 };

/* runc's parser is Go's: -bundle is --bundle. */
#define VERB_OPTIONS(name, rows, ...) OPT_TABLE(name, rows, .one_dash = true, __VA_ARGS__)

/* The options in front of the verb. */
struct command_globals {
	char *root, *log, *log_format;
	bool debug, systemd_cgroup, version;
	char *rootless, *criu, *cgroup_manager;
	bool log_is_file; /* and open */
	char *started_as;	    /* the path of our own program */
	struct arguments arguments; /* where they were given; parsed is a copy */
};

struct call {
	const struct command_globals *globals;
	struct runtime_root *root;
	const void *options; /* the verb's own struct */
	char **operands;
	size_t n;
};

struct verb {
	const char *name, *operands, *summary;
	const struct opt_table *options; /* NULL: only --help */
	size_t size;			 /* of the options' struct, zeroed before parsing */
	size_t min, max;		 /* number of operands */
	bool no_root;			 /* call->root is NULL: it has nothing to do with containers */
	int failure;			 /* exit status when *e is returned; 0: COMMAND_FAILED */
	/* Returns the exit status, or -1 with *e set. */
	int (*run)(const struct call *call, struct err *e);
	void (*done)(void *options);
};

extern const struct verb verb_checkpoint, verb_create, verb_delete, verb_events, verb_exec, verb_features, verb_kill, verb_list,
	verb_pause, verb_ps, verb_restore, verb_resume, verb_run, verb_spec, verb_start, verb_state, verb_update;
extern const struct verb verb_options; /* for our own tools: not in --help */
extern const struct verb verb_steps; /* in a build for tests only */

/* The tables: the options in front of the verb, and the verbs by number; NULL past the last. */
const struct opt_table *command_options(void);
const struct verb *command_verb(size_t i);

/* Is there such a verb or global option, more than its name? */
bool command_has_verb(const char *name);
bool command_has_option(const char *name);

/* Writes to standard output. */
int command_print(const struct str *text, struct err *e);

/* Parses, dispatches, reports. Returns the exit status. */
int command_main(int argc, char **argv);
