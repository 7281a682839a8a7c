/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The launch record: what the engine hands to a container's keeper, and what the creation child reads. It is our own
 * document (strict: an unknown key is an error), kept as `launch.json` in the container's run directory, so that exec
 * and recovery find the same facts. The embedded spec is OCI; the rest is what OCI cannot say.
 */

#include "oci/spec.h"

enum { LAUNCH_VERSION = 1, LAUNCH_MAX = 4 << 20 /* bytes of launch.json */ };

/* The root file system as a stack of read-only layer directories under one writable directory. */
struct launch_rootfs {
	struct strv layers; /* absolute paths, top layer first; never empty */
	char *state;	    /* absolute path of the directory that holds `u` (upper) and `w` (work) */
	bool read_only;
	bool volatile_;	    /* no sync at the end: --rm */
};

/* Files of the host that appear in the container, owned by its root: hosts, hostname, resolv.conf. */
struct launch_file {
	char *source, *destination;
};

struct launch_log {
	char *path;	   /* absolute; NULL: no log */
	uint64_t max_size; /* bytes before rotation; 0: never */
	uint32_t max_files;
};

struct launch {
	uint32_t version;
	char *id;
	char *container_dir; /* absolute: the durable directory of this container */
	char *run_root;	     /* absolute: the instance's run root, which holds `status` and `runtime/`, the runtime's state */
	struct oci_spec spec;
	struct launch_rootfs rootfs;
	struct { struct launch_file *items; size_t n; } files;
	char *user;	     /* as typed: NAME|UID[:GROUP|GID], resolved in the container's own /etc; "" or NULL: the spec's ids */
	bool create_cwd;     /* make process.cwd if it is missing, as Docker does */
	struct launch_log log;
	bool default_seccomp; /* no linux.seccomp: lighter's own default profile; false: unconfined */
	bool open_stdin;     /* -i: stdin stays open for attached clients; else it is /dev/null */
	bool remove;	     /* --rm */
	uint32_t slot;	     /* of the status file */
	char *cleanup;	     /* absolute path of the `lighter` program that cleans up after the container */
	struct strv cleanup_args; /* its arguments before `container cleanup ID`: --root, --run-root */
};

extern const struct decode_table launch_table;

#define LAUNCH_FILE "launch.json"
#define LAUNCH_RUNTIME_ROOT "runtime" /* below run_root */

/* `run_dir`: the container's run directory. */
int launch_write(int run_dir, const struct launch *launch, struct err *e);
int launch_read(int run_dir, struct launch *ret, struct err *e);
void launch_done(struct launch *launch);
