/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * CRIU, the program that takes processes apart and puts them together again, as a child of ours that is told what to do
 * over a socket (`criu swrk`, images/rpc.proto of its sources). Nothing of it is linked.
 */

#include "base/proc.h"
#include "base/str.h"

enum criu_request { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6, CRIU_FEATURES = 9 };

/* Fields of criu_opts, written by protobuf_add_* or by one of the functions below. */
enum criu_option {
	CRIU_IMAGES = 1,
	CRIU_PID = 2,
	CRIU_LEAVE_RUNNING = 3,
	CRIU_EXT_UNIX_SK = 4,
	CRIU_TCP_ESTABLISHED = 5,
	CRIU_EVASIVE_DEVICES = 6,
	CRIU_SHELL_JOB = 7,
	CRIU_FILE_LOCKS = 8,
	CRIU_LOG_LEVEL = 9,
	CRIU_LOG_FILE = 10,
	CRIU_PAGE_SERVER = 11,
	CRIU_NOTIFY_SCRIPTS = 12,
	CRIU_ROOT = 13,
	CRIU_PARENT = 14,
	CRIU_TRACK_MEMORY = 15,
	CRIU_AUTO_DEDUP = 16,
	CRIU_WORK = 17,
	CRIU_MOUNT = 23,
	CRIU_CGROUP_ROOT = 25,
	CRIU_SIBLING = 26,
	CRIU_INHERIT = 27,
	CRIU_CGROUPS_MODE = 34,
	CRIU_EXTERNAL = 37,
	CRIU_EMPTY_NS = 38,
	CRIU_JOIN_NS = 39,
	CRIU_FREEZER = 44,
	CRIU_TCP_SKIP_IN_FLIGHT = 46,
	CRIU_LAZY_PAGES = 48,
	CRIU_ORPHAN_TERMINAL = 50,
	CRIU_CONFIG_FILE = 51,
	CRIU_LSM_PROFILE = 53,
	CRIU_LSM_MOUNT_CONTEXT = 63,
	CRIU_NETWORK_LOCK = 64,
};

void criu_add_mount(struct str *options, const char *key, const char *value);
void criu_add_cgroup_root(struct str *options, const char *controller, const char *path);
void criu_add_inherited(struct str *options, const char *key, int fd);
void criu_add_namespace(struct str *options, const char *kind, const char *path);
void criu_add_page_server(struct str *options, const char *address, uint16_t port);

struct criu {
	struct proc process;
	int sock;
	bool refused; /* the error is criu's: its log says more */
};

#define CRIU_INIT { .process = PROC_INIT, .sock = -EBADF }

/* The descriptor of the socket in criu; those of a caller's `keep` are below or above. */
enum { CRIU_SOCKET = 3 };

/* The path of a program in PATH, or of one that is a path already; NULL: there is none, or no memory. */
char *criu_find_program(const char *name);

/* Starts `program`, a path or a name to look for in PATH (NULL: criu). `how` as for proc_spawn, without path and argv. */
int criu_start(const char *program, const struct proc_spawn *how, struct criu *ret, struct err *e);

/* What criu tells on its way and waits for. A negative result makes it give up. */
struct criu_notice {
	char name[64];
	pid_t pid; /* 0: none */
	int fd;	   /* borrowed; -EBADF: none */
};

typedef int (*criu_listener)(void *arg, const struct criu_notice *notice, struct err *e);

/* Asks for one thing and waits for the answer; the pid of a restored process goes to *ret_pid (may be NULL). A refusal
 * has criu's own words for it. */
int criu_ask(struct criu *criu, enum criu_request request, const struct str *options, criu_listener listener, void *arg,
	     pid_t *ret_pid, struct err *e);

/* Can this kernel tell criu which memory was written to? 1 or 0, -1 when criu does not say. */
int criu_can_track_memory(struct criu *criu, struct err *e);

void criu_done(struct criu *criu); /* it ends when nobody talks to it any more */
