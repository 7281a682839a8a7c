/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bundle on disk and the options that say how a container is made from it. `create` and `run` have them in common, so
 * that their rows are written once.
 */

#include "base/opt.h"
#include "runtime/command/command.h"

struct bundle_options {
	char *bundle, *console_socket, *pid_file, *pidfd_socket;
	bool no_pivot, no_new_keyring, no_subreaper;
	struct opt_u32 preserve_fds;
};

#define BUNDLE_OPT(owner, field, ...) OPT(struct owner, bundle.field, __VA_ARGS__)

/* The rows for a struct that has a member `struct bundle_options bundle`. */
#define BUNDLE_OPTIONS(owner)                                                                                     \
	BUNDLE_OPT(owner, bundle, "bundle", 'b', text, "directory of config.json (default: the working directory)", \
		   "DIR"),                                                                                        \
	BUNDLE_OPT(owner, console_socket, "console-socket", 0, text, "unix socket that receives the terminal",     \
		   "PATH"),                                                                                       \
	BUNDLE_OPT(owner, pidfd_socket, "pidfd-socket", 0, text, "unix socket that receives a pidfd of the first process", \
		   "PATH"),                                                                                       \
	BUNDLE_OPT(owner, pid_file, "pid-file", 0, text, "file for the pid of the first process", "FILE"),         \
	BUNDLE_OPT(owner, no_pivot, "no-pivot", 0, flag, "chroot instead of pivot_root: for a root on ramfs"),     \
	BUNDLE_OPT(owner, no_new_keyring, "no-new-keyring", 0, flag, "keep the caller's session keyring"),         \
	BUNDLE_OPT(owner, no_subreaper, "no-subreaper", 0, flag, "as always: orphans go to the machine's first process"), \
	BUNDLE_OPT(owner, preserve_fds, "preserve-fds", 0, uint, "pass this many descriptors from 3 on", "N")

void bundle_options_done(struct bundle_options *options);

struct bundle {
	char *path; /* absolute */
	int fd;	    /* O_PATH */
	struct str text; /* of config.json */
	struct oci_spec spec;
	bool read; /* spec is there */
};

#define BUNDLE_INIT { .fd = -EBADF }

/* The directory of --bundle and its config.json. */
int bundle_open(struct bundle *bundle, const struct bundle_options *options, struct err *e);
void bundle_done(struct bundle *bundle);

/* Also for exec: the descriptors from 3 on that the caller promised are there, and a pidfd goes to a socket. */
int bundle_check_preserved(uint32_t n, struct err *e);
int bundle_send_pidfd(const char *path, const struct proc *process, struct err *e);

/* The container that the call names, as bundle and options have it. */
struct runtime_create bundle_how(const struct bundle *bundle, const struct call *call,
				 const struct bundle_options *options, int console);

/* Creates the container that the call names; `console` as runtime_create's console_socket, `ret_held` as its own.
 * Sockets that systemd passed (LISTEN_FDS) go on to the program, in front of the preserved descriptors. */
int bundle_create(struct bundle *bundle, const struct call *call, const struct bundle_options *options, int console,
		  struct proc *ret, struct runtime_held *ret_held, struct err *e);
