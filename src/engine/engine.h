/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The engine's face, shared by the CLI and every API: plain structs in, structs and streams out. Nothing here prints,
 * parses argv or exits. No process of the engine owns a container: each call works from the store, the status file and
 * the container's own monitor, and any caller may be killed at any time.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/vec.h"
#include "image/image.h"

struct engine;

struct engine_options {
	const char *root;     /* data root; NULL: LIGHTER_ROOT, else /var/lib/lighter or $XDG_DATA_HOME/lighter */
	const char *run_root; /* NULL: LIGHTER_RUN_ROOT, else /run/lighter or $XDG_RUNTIME_DIR/lighter */
};

int engine_open(const struct engine_options *options, struct engine **ret, struct err *e);
void engine_free(struct engine *engine);
struct store *engine_store(struct engine *engine); /* borrowed, for image_* */

/* ---- what a container is ---- */

struct container_bind {
	char *source, *target;
	struct strv options; /* ro, rw, rprivate, ... */
};

/*
 * Docker's create request in our words; the versioned record that containers/ID/config.json keeps. Three-valued fields
 * are opt_*: unset means "as the image or the default says". CLI, Docker JSON, CRI, Compose and Kubernetes fill it.
 */
struct container_config {
	uint32_t version;
	char *name; /* NULL: one is made up */
	char *image; /* as typed */
	struct strv args; /* after the image */
	struct strv env;  /* NAME=value; NAME alone was resolved or dropped by the CLI */
	struct strv entrypoint;
	bool entrypoint_set; /* --entrypoint "" clears the image's */
	char *working_dir, *user, *hostname;
	struct strmap labels;
	struct { struct container_bind *items; size_t n; } binds;
	bool tty, open_stdin, remove, read_only, privileged;
	struct opt_i64 memory;	  /* bytes */
	struct opt_i64 nano_cpus; /* 10^-9 CPUs */
	struct opt_i64 pids_limit;
	struct strv cap_add, cap_drop;
	char *network; /* none, host; NULL: the default */
	char *userns;  /* private, host; NULL: private where possible, announced otherwise */
	char *stop_signal;
	struct opt_i64 stop_timeout; /* seconds */
};

extern const struct decode_table container_config_table;
void container_config_done(struct container_config *config);

enum { ENGINE_ID = 65 };

/* One transaction: resolves the image, takes the name, writes the record. *ret_note: a sentence for the user (a
 * fallback to the host's user namespace and why), or NULL. */
int engine_create(struct engine *engine, const struct container_config *config, char ret_id[static ENGINE_ID],
		  char **ret_note, struct err *e);

/* ---- life ---- */

/* A stream to a container's monitor; see engine/attach.h for reading and writing it. */
struct attach;

struct engine_start {
	bool attach_stdin, attach_stdout, attach_stderr;
	uint32_t rows, columns; /* of the terminal, 0: unknown */
};

/* *ret (owned, may be NULL if `ret` is NULL) is attached before the first byte of output. ERR_NOT_FOUND and ERR_DENIED
 * of the user's program are told apart from the engine's own errors by *ret_exec_failure: 126 or 127, else 0. */
int engine_start(struct engine *engine, const char *id, const struct engine_start *how, struct attach **ret,
		 int *ret_exec_failure, struct err *e);

/* A stream to a container that runs already. ERR_CONFLICT: it does not. */
int engine_attach(struct engine *engine, const char *name, const struct engine_start *how, struct attach **ret,
		  struct err *e);

/* `name` in all calls: a container's name, id or unique prefix. "no such container: NAME" otherwise. */
int engine_find(struct engine *engine, const char *name, char ret_id[static ENGINE_ID], struct err *e);

int engine_stop(struct engine *engine, const char *name, struct opt_i64 timeout, struct err *e); /* seconds */
int engine_kill(struct engine *engine, const char *name, int signal, struct err *e);
int engine_remove(struct engine *engine, const char *name, bool force, struct err *e);

/* Blocks until the container is not running; *ret_code is its exit code (the last one if it does not run). */
int engine_wait(struct engine *engine, const char *name, int *ret_code, struct err *e);

/* What the keeper's last act calls: removes a --rm container, frees what only a running one holds. Idempotent. */
int engine_cleanup(struct engine *engine, const char *id, struct err *e);

struct exec_config {
	struct strv args, env;
	char *user, *working_dir;
	bool tty, open_stdin, detach, privileged;
	uint32_t rows, columns;
	int stdio[3]; /* without a tty the process gets these very descriptors; -EBADF: /dev/null */
};

/* Runs a process through the container's monitor. With a tty *ret_master is the pty's master, else -EBADF. */
struct exec;
int engine_exec(struct engine *engine, const char *name, const struct exec_config *config, struct exec **ret,
		int *ret_master, int *ret_exec_failure, struct err *e);
int engine_exec_fd(const struct exec *exec); /* becomes readable when engine_exec_wait would not block */
int engine_exec_wait(struct exec *exec, int *ret_code, struct err *e); /* 0-255, 128 + signal */
void engine_exec_free(struct exec *exec);

/* ---- views: snapshots without locks ---- */

enum container_state { CONTAINER_CREATED, CONTAINER_RUNNING, CONTAINER_EXITED, CONTAINER_DEAD };

struct container_entry {
	char *id, *name, *image, *image_id, *command; /* command: quoted as ps shows it, not cut */
	int64_t created, started, finished; /* nanoseconds UTC, 0: never */
	int state;			    /* enum container_state */
	int exit_code;
	bool exit_unknown; /* the keeper was lost and the kernel could not tell */
	pid_t pid;
};

struct container_list {
	struct container_entry *items; /* newest first */
	size_t n;
};

int engine_list(struct engine *engine, bool all, struct container_list *ret, struct err *e);
void container_list_done(struct container_list *list);

/* Docker's inspect object (JSON text, indented by 4) appended to `to`. */
int engine_inspect(struct engine *engine, const char *name, struct str *to, struct err *e);
int engine_inspect_image(struct engine *engine, const char *name, struct str *to, struct err *e);

struct engine_logs {
	bool follow, timestamps, stdout_, stderr_;
	int64_t tail;	      /* lines, -1: all */
	int64_t since, until; /* nanoseconds UTC, 0: none */
};

/* Calls `line` for each record until the end, or with `follow` until the container stops. stream: 1 or 2. */
int engine_logs(struct engine *engine, const char *name, const struct engine_logs *how,
		int (*line)(int stream, int64_t time, const char *bytes, size_t len, void *arg), void *arg, struct err *e);

/* Facts for `lighter info`, as {label, value} pairs in print order. */
int engine_info(struct engine *engine, struct strmap *ret, struct err *e);
/* The same under the names of Docker's API, as a JSON document. */
int engine_info_document(struct engine *engine, struct str *to, struct err *e);
