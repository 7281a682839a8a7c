/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's record below the state root: ROOT/ID/state.json, written when the directory is made (before anything
 * else exists) and again when the first process is known. The first process listens on ROOT/ID/start.sock until start.
 * The directory's creation decides between two creates of one id.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "linux/rdt.h"
#include "runtime/resources.h"
#include "runtime/runtime.h"

enum { STATE_MAX = 1 << 20 /* bytes of state.json */ };

struct runtime_root {
	char *path;
	int fd; /* O_PATH */
	const char *started_as; /* how our program was started, to find those beside it; borrowed, may be NULL */
};

struct state {
	char *oci_version, *id, *bundle;
	char *cgroup; /* NULL: systemd has not made it yet */
	char *unit;   /* the scope that is the cgroup; NULL: it is our own */
	bool user_manager; /* the unit is one of the user's systemd */
	char *rootfs; /* where the bundle's root lies on the host; NULL for a launch */
	int32_t pid;	     /* 0 until the first process exists */
	uint64_t start_time; /* field 22 of /proc/PID/stat: tells a recycled pid */
	char *created;	     /* RFC 3339 */
	bool launch;	     /* the bundle directory holds launch.json instead of config.json */
	bool hooks;	     /* there are hooks to run at start or delete */
	bool no_new_keyring; /* exec makes none either */
	bool listener;	     /* the filter of the first process asks an agent */
	struct strmap annotations;
	struct resources_memo resources;
	char *process_cgroup; /* below `cgroup`: where its processes are; NULL: in `cgroup` itself */
	bool shared_pid;      /* no pid namespace of its own */
	struct rdt_group rdt;
};

/* A container as its creator knows it (struct runtime_held). */
struct runtime_made {
	int dir;
	struct state state;
	struct cgroup_system cgroups;
};

enum state_status { STATE_CREATING, STATE_CREATED, STATE_RUNNING, STATE_STOPPED };

/* 1 to 255 of [A-Za-z0-9_+.-], not "." or "..": what becomes a directory name. */
int state_check_id(const char *id, struct err *e);

int state_open(const struct runtime_root *root, const char *id, struct err *e); /* the directory's descriptor */

/* Creation, checkpoint and removal of a container exclude each other, so that none takes away what another, or a next
 * container of that name, has made, or thaws what criu has frozen. Held until the descriptor is closed by the last process of a creation. `patient`: waits for at
 * most ten seconds, and says for whom. */
int state_lock(int dir, const char *id, bool patient, struct err *e);
bool state_is_removed(int dir);
int state_not_found(const char *id, struct err *e);

int state_read(int dir, const char *id, struct state *ret, struct err *e);
int state_write(int dir, const struct state *state, struct err *e); /* atomic */
/* The first record of a new directory: it is there when it is whole, and takes no temporary name that a kill could leave. */
int state_write_first(int dir, const struct state *state, struct err *e);
void state_done(struct state *state);

/* The State of runtime.md as the member `key` of what is being written, or by itself (NULL). `pid` 0: none is told. */
void state_add(const struct state *state, const char *status, pid_t pid, struct json_writer *w, const char *key);

/* The hierarchies that have a group of the container: none for a container without a cgroup. */
int state_read_cgroups(const struct state *state, struct cgroup_system *ret, struct err *e);

/* The live status, an enum state_status, or -1. *ret_init (may be NULL) gets a pidfd and pid while the first process is alive. */
int state_status(int dir, const struct state *state, struct proc *ret_init, struct err *e);

/* A connection to the first process that waits to be started: -ECONNREFUSED or -ENOENT when it waits no more. `flags`:
 * SOCK_NONBLOCK or 0. */
int state_connect_start(int dir, int flags);

/* The cgroup that the container's processes are born in. */
const char *state_process_cgroup(const struct state *state);

/* 1: every process stands still by `pause`, 0: not, -errno. */
int state_is_paused(const struct state *state);

/* Removes what of resctrl was made for the container. */
int state_remove_rdt(const struct state *state, struct err *e);

/* Field 22 of /proc/PID/stat: 0 or -errno, -ESRCH when the process is a zombie or gone. */
int state_start_time(pid_t pid, uint64_t *ret);
