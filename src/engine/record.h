/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the engine keeps of a container: the record containers/ID/config.json (what it is) and the directories that hold
 * everything else of it. A `struct container` is one call's view; the store's row says that it exists.
 */

#include "base/proc.h"
#include "engine/engine.h"
#include "formats/launch.h"
#include "formats/status.h"
#include "linux/cgroup.h"
#include "store/store.h"

/* Below containers/ID: */
#define RECORD_BOOT "boot"	 /* the boot id of its last start */
#define RECORD_FAILURE "failure" /* of a last start that failed: the exit code, a line, the sentence */
#define RECORD_LOCK "lock"

enum { RECORD_VERSION = 1, RECORD_MAX = 1 << 20 };

struct engine {
	struct instance *instance;
	struct store *store;
};

struct record {
	uint32_t version;
	char *id, *image_id;
	int64_t created; /* nanoseconds UTC */
	struct container_config config;
	bool host_userns;
	char *userns_reason; /* why the host's user namespace is used; NULL: it is not, or it was asked for */
};

struct container {
	struct engine *engine;
	struct store_container row;
	struct record record;
	int dir; /* containers/ID, durable */
	int lock; /* of this container, while a call changes it */
};

#define CONTAINER_INIT { .dir = -EBADF, .lock = -EBADF }

/* Finds a container by name and opens it. */
int container_open(struct engine *engine, const char *name, struct container *ret, struct err *e);
void container_close(struct container *c);
#define autocontainer cleanup(container_close)

/* containers/ID, O_PATH, or -errno. */
int container_dir(struct engine *engine, const char *id);

/* Waits (bounded) for the right to start or remove it; `doing` is what the next one is told who waits in vain. What was
 * known of its state before may have changed. */
int container_lock(struct container *c, const char *doing, struct err *e);
int container_try_lock(struct container *c); /* 0 or -errno */

/* Removes all of a container that does not run: what the runtime left, directories, slot, row. The caller holds its
 * lock. */
int container_erase(struct container *c, struct err *e);

/* recover.c: once a boot, rubbish of the last one; and --rm containers whose keeper is gone. */
void recover_boot(struct engine *engine);
void recover_lost(struct engine *engine, const struct strv *ids);

int record_write(int dir, const struct record *record, struct err *e);
int record_read(int dir, struct record *ret, struct err *e);
void record_done(struct record *record);

/* containers/ID below the run root: made, or -ENOENT without `make`. */
int container_run_dir(const struct container *c, bool make);
char *container_path(const struct container *c, const char *file); /* absolute, below the durable directory */
char *container_cgroup(const struct container *c);

/* The live state: from the slot, and from the exit record where the slot is void. */
struct container_live {
	int state; /* enum container_state */
	int exit_code;
	bool exit_unknown, oom_killed;
	bool keeper_gone; /* it has run in this boot, and nobody looks after it any more */
	int64_t started, finished;
	pid_t pid;
};
void container_live(const struct container *c, struct container_live *ret);
void live_of(struct engine *engine, const struct status_map *map, const struct store_container *row,
	     struct container_live *ret);

/* names.c */
int names_make(char to[static 64]);

/* spec.c: the launch record of a container; strings are on the heap, launch_done releases them. */
struct spec_facts {
	const struct container *container;
	const struct image_record *image;
	bool swap_counted; /* the memory controller limits memory+swap */
};
int spec_make(const struct spec_facts *facts, struct launch *to, struct err *e);
/* The command line of a container: entrypoint and arguments as Docker combines them. */
int spec_args(const struct container_config *config, const struct image_record *image, struct strv *ret, struct err *e);

/* defaults.c */
extern const char *const default_capabilities[];
extern const char *const default_masked[];
extern const char *const default_readonly[];
struct default_mount {
	const char *destination, *type, *source;
	const char *options; /* comma-separated */
};
extern const struct default_mount default_mounts[];
int default_add_mounts(struct oci_spec *spec, struct err *e);
int default_add_words(const char *const *words, struct strv *to); /* NULL-terminated */

/* files.c: hosts, hostname, resolv.conf in the durable directory. */
int files_make(const struct container *c, struct err *e);
