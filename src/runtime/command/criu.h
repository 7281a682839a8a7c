/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that checkpoint and restore have in common. */

#include "runtime/checkpoint.h"
#include "runtime/command/command.h"

struct criu_options {
	char *image_path, *work_path, *cgroups_mode;
	struct strv empty_ns;
	bool tcp_established, ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
};

#define CRIU_OPT(owner, field, ...) OPT(struct owner, criu.field, __VA_ARGS__)

/* The rows for a struct that has a member `struct criu_options criu`. */
#define CRIU_OPTIONS(owner)                                                                                       \
	CRIU_OPT(owner, image_path, "image-path", 0, text, "directory of the checkpoint (default: checkpoint)",    \
		 "DIR"),                                                                                           \
	CRIU_OPT(owner, work_path, "work-path", 0, text, "directory of criu's log (default: that of the checkpoint)", \
		 "DIR"),                                                                                           \
	CRIU_OPT(owner, tcp_established, "tcp-established", 0, flag, "also TCP connections that are open"),        \
	CRIU_OPT(owner, ext_unix_sk, "ext-unix-sk", 0, flag, "also unix sockets whose other end is outside"),      \
	CRIU_OPT(owner, shell_job, "shell-job", 0, flag, "also processes of a session or terminal that is outside"), \
	CRIU_OPT(owner, file_locks, "file-locks", 0, flag, "also file locks"),                                     \
	CRIU_OPT(owner, lazy_pages, "lazy-pages", 0, flag, "memory is fetched when it is used"),                   \
	CRIU_OPT(owner, cgroups_mode, "manage-cgroups-mode", 0, text,                                              \
		 "what becomes of cgroups below the container's: soft (default), full, strict or ignore", "MODE"), \
	CRIU_OPT(owner, empty_ns, "empty-ns", 0, list, "network, as always: links and addresses are not saved", "NAME"), \
	CRIU_OPT(owner, auto_dedup, "auto-dedup", 0, flag, "memory that a later image has goes from the earlier one")

/* *ret borrows from the options. */
int criu_options_read(const struct criu_options *options, const struct command_globals *globals, struct runtime_criu *ret,
		      struct err *e);
void criu_options_done(struct criu_options *options);
