/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A command is a constant: its options, its operands, one sentence, and the function that does it. commands.c says under
 * which names it is reached; `container ls` and `ps` are two names of one command. Parsing, help, completion, the manual
 * and the list that tests/flags.tsv is held against all read these tables.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/opt.h"
#include "base/own.h"
#include "cli/cli.h"

enum { COMMAND_FAILED = 1, COMMAND_MISUSED = 125, COMMAND_ANY = 1 << 30 };

struct command {
	const char *operands; /* as usage shows them: "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *summary;
	const struct opt_table *options; /* NULL: only --help */
	size_t size;			 /* of the options' struct, zeroed before parsing */
	size_t min, max;		 /* number of operands */
	int failure;			 /* exit status when *e is returned; 0: COMMAND_FAILED */
	/* Returns the exit status, or -1 with *e set. */
	int (*run)(struct cli *cli, void *options, char **operands, size_t n, struct err *e);
	void (*done)(void *options);
};

struct command_name {
	const char *group; /* "container"; NULL: `lighter NAME` */
	const char *name;
	const struct command *command; /* NULL: Docker has it, it is not there yet */
	bool hidden;
};

extern const struct command_name command_names[];
extern const size_t command_names_n;

struct command_group { const char *name, *summary; };

extern const struct command_group command_groups[];
extern const size_t command_groups_n;

const struct command_group *command_group_find(const char *name); /* NULL: no such group */
const struct command_name *command_find(const char *group, const char *name);

/* For commands that take several objects: does `one` for each, reports failures and goes on. The exit status. */
int command_each(struct cli *cli, char **operands, size_t n,
		 int (*one)(struct cli *cli, const char *operand, void *arg, struct err *e), void *arg);

extern const struct command container_attach, container_cleanup, container_create, container_exec, container_inspect,
	container_kill, container_logs, container_ls, container_rm, container_run, container_start, container_stop,
	container_wait;
extern const struct command image_copy_command, image_history, image_import_command, image_inspect, image_load_command, image_ls,
	image_pull_command, image_rm, image_save_command, image_tag_command;
extern const struct command image_push_command;
extern const struct command registry_login_command, registry_logout_command, registry_serve;
extern const struct command system_completion, system_info, system_inspect, system_options, system_version;
