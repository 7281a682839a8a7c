/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * The processes of a group and of the groups below it. A container may have made groups of its own, so every operation
 * walks the tree, by descriptors. A listed pid may be somebody else's by the time it is opened: a process is signalled
 * only if its pid is listed once more after its pidfd was opened, because then both are the same process.
 */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

enum { PROCS_MAX = 8 << 20, DEPTH_MAX = 128, BATCH = 128, KILL_ROUNDS = 100 };

typedef int (*visit_function)(int dir, void *context);

/* Calls `visit` for the group `dir` and all below it until one answers with something else than 0. */
static int walk(int dir, visit_function visit, void *context, int depth)
{
	autofd int list = -EBADF;
	struct dirent *entry;
	DIR *entries;
	int r = visit(dir, context);

	if (r != 0)
		return r;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	list = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	entries = list < 0 ? NULL : fdopendir(list);
	if (!entries)
		return list < 0 ? list : -errno;
	(void)take_fd(list);
	while (r == 0 && (entry = readdir(entries))) {
		autofd int child = -EBADF;

		if (entry->d_type != DT_DIR || str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		child = path_open(dir, entry->d_name, PATH_OWN, O_PATH | O_DIRECTORY, 0);
		if (child >= 0)
			r = walk(child, visit, context, depth + 1);
		else if (child != -ENOENT)
			r = child;
	}
	(void)closedir(entries);
	return r;
}

/* A group that went away meanwhile has no processes, and those of a threaded one (v2) are listed by its domain. */
static int gone_is_empty(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
}

static int read_procs(int dir, struct str *to)
{
	autofd int fd = path_open(dir, "cgroup.procs", PATH_OWN, O_RDONLY, 0);

	str_clear(to);
	return gone_is_empty(fd < 0 ? fd : io_read_all(fd, PROCS_MAX, to));
}

static int has_processes(int dir, void *context)
{
	autostr struct str procs = STR_INIT;
	int r = read_procs(dir, &procs);

	return r < 0 ? r : procs.len > 0;
}

/* Does a v2 group's cgroup.events say so? */
static int has_event(const struct cgroup_hierarchy *h, const char *path, const char *event)
{
	char name[PATH_MAX], text[128];
	autofd int fd = path_open(AT_FDCWD, cgroup_file(h, path, "cgroup.events", name), PATH_HOST, O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strstr(text, event) != NULL;
}

int cgroup_is_populated(const struct cgroup_hierarchy *h, const char *path)
{
	autofd int dir = -EBADF;

	if (h->v2)
		return gone_is_empty(has_event(h, path, "populated 1"));
	dir = cgroup_open(h, path);
	return gone_is_empty(dir < 0 ? dir : walk(dir, has_processes, NULL, 0));
}

static bool is_listed(const struct str *procs, pid_t pid)
{
	for (const char *at = str_text(procs); *at; at += strcspn(at, "\n"), at += *at != '\0')
		if (strtol(at, NULL, 10) == pid)
			return true;
	return false;
}

struct batch {
	pid_t pids[BATCH];
	int pidfds[BATCH];
	size_t n;
};

/* Signals the batch as far as it is still listed, closes it: how many were reached, or -errno. */
static int signal_batch(int dir, struct batch *b, int signal)
{
	autostr struct str procs = STR_INIT;
	int r = read_procs(dir, &procs), reached = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (r >= 0 && is_listed(&procs, b->pids[i])) {
			if (syscall(SYS_pidfd_send_signal, b->pidfds[i], signal, NULL, 0) == 0)
				reached++;
			else if (errno != ESRCH)
				r = -errno;
		}
		(void)close(b->pidfds[i]);
	}
	b->n = 0;
	return r < 0 ? r : reached;
}

struct signalling {
	int signal;
	int reached;
};

static int signal_group(int dir, void *context)
{
	struct signalling *s = context;
	struct batch batch = { .n = 0 };
	autostr struct str procs = STR_INIT;
	int r = read_procs(dir, &procs);
	const char *at = str_text(&procs);

	while (r >= 0 && *at) {
		pid_t pid = (pid_t)strtol(at, NULL, 10); /* 0: in a pid namespace that we cannot see */

		at += strcspn(at, "\n");
		at += *at != '\0';
		if (pid > 0) {
			batch.pidfds[batch.n] = (int)syscall(SYS_pidfd_open, pid, 0);
			batch.pids[batch.n] = pid;
			batch.n += batch.pidfds[batch.n] >= 0;
		}
		if (batch.n == BATCH || (!*at && batch.n > 0)) {
			r = signal_batch(dir, &batch, s->signal);
			s->reached += r > 0 ? r : 0;
		}
	}
	return r < 0 ? r : 0;
}

/* How many processes were signalled, or -errno. */
static int signal_tree(const struct cgroup_hierarchy *h, const char *path, int signal)
{
	autofd int dir = cgroup_open(h, path);
	struct signalling s = { .signal = signal };
	int r = gone_is_empty(dir < 0 ? dir : walk(dir, signal_group, &s, 0));

	return r < 0 ? r : s.reached;
}

/* What only cannot be looked at is not passed over: its processes would live on. */
static bool has_group(const struct cgroup_hierarchy *h, const char *path)
{
	struct stat st;
	char name[PATH_MAX];

	return stat(cgroup_file(h, path, NULL, name), &st) == 0 || errno != ENOENT;
}

/* The hierarchy to find a container's processes in: v2 if it has the group, else any. */
static const struct cgroup_hierarchy *any_hierarchy(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *v2 = cgroup_unified(system);

	if (v2 && has_group(v2, path))
		return v2;
	for (size_t i = 0; i < system->n; i++)
		if (!system->items[i].v2 && has_group(&system->items[i], path))
			return &system->items[i];
	return NULL;
}

int cgroup_signal(const struct cgroup_system *system, const char *path, int signal, struct err *e)
{
	const struct cgroup_hierarchy *h = any_hierarchy(system, path);
	int r = h ? signal_tree(h, path, signal) : 0;

	return r < 0 ? err_sys(e, -r, "signal the processes of cgroup '%s'", path) : 0;
}

static int list_group(int dir, void *context)
{
	struct cgroup_pids *to = context;
	autostr struct str procs = STR_INIT;
	int r = read_procs(dir, &procs);

	for (const char *at = str_text(&procs); r >= 0 && *at; at += strcspn(at, "\n"), at += *at != '\0') {
		pid_t pid = (pid_t)strtol(at, NULL, 10), *item = pid > 0 ? vec_add(to) : NULL;

		if (pid > 0 && !item)
			return -ENOMEM;
		if (item)
			*item = pid;
	}
	return r < 0 ? r : 0;
}

static int ascending(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int cgroup_pids(const struct cgroup_system *system, const char *path, struct cgroup_pids *ret)
{
	const struct cgroup_hierarchy *h = any_hierarchy(system, path);
	struct cgroup_pids pids = { .items = NULL };
	autofd int dir = h ? cgroup_open(h, path) : -ENOENT;
	int r = gone_is_empty(dir < 0 ? dir : walk(dir, list_group, &pids, 0));

	if (r < 0) {
		free(pids.items);
		return r;
	}
	if (pids.n > 0)
		qsort(pids.items, pids.n, sizeof(*pids.items), ascending);
	*ret = pids;
	return 0;
}

/* ---- freezing ---- */

static const struct cgroup_hierarchy *freezer(const struct cgroup_system *system)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(system, "freezer");

	return v1 ? v1 : cgroup_unified(system);
}

static int write_freezer(const struct cgroup_hierarchy *h, const char *path, bool frozen)
{
	char name[PATH_MAX];

	if (h->v2)
		return file_write_text(AT_FDCWD, cgroup_file(h, path, "cgroup.freeze", name), frozen ? "1" : "0");
	return file_write_text(AT_FDCWD, cgroup_file(h, path, "freezer.state", name), frozen ? "FROZEN" : "THAWED");
}

/* 1: every process stands still, 0: not yet, -errno. */
static int is_frozen(const struct cgroup_hierarchy *h, const char *path)
{
	char name[PATH_MAX], text[32];
	int r;

	if (h->v2)
		return has_event(h, path, "frozen 1");
	r = file_read_line(AT_FDCWD, cgroup_file(h, path, "freezer.state", name), text, sizeof(text));
	return r < 0 ? r : str_eq(text, "FROZEN");
}

static int wait_frozen(const struct cgroup_hierarchy *h, const char *path, int64_t deadline)
{
	for (;;) {
		int r = is_frozen(h, path);

		if (r != 0)
			return r < 0 ? r : 0;
		if (clock_boot() > deadline)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, 1);
		/* v1: processes that were forked while it froze are caught by the next write. */
		r = h->v2 ? 0 : write_freezer(h, path, true);
		if (r < 0)
			return r;
	}
}

static int set_frozen(const struct cgroup_system *system, const char *path, bool frozen, int64_t timeout)
{
	const struct cgroup_hierarchy *h = freezer(system);
	int r = h ? write_freezer(h, path, frozen) : -EOPNOTSUPP;

	if (r < 0 || !frozen)
		return r;
	r = wait_frozen(h, path, clock_boot() + timeout);
	if (r < 0)
		(void)write_freezer(h, path, false);
	return r;
}

int cgroup_freeze(const struct cgroup_system *system, const char *path, bool frozen, struct err *e)
{
	int r = set_frozen(system, path, frozen, 10 * NSEC_PER_SEC);

	return r < 0 ? err_sys(e, -r, "%s cgroup '%s'", frozen ? "freeze" : "thaw", path) : 0;
}

int cgroup_is_frozen(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *h = freezer(system);
	char name[PATH_MAX], text[16];
	int r;

	if (!h)
		return 0;
	(void)cgroup_file(h, path, h->v2 ? "cgroup.freeze" : "freezer.self_freezing", name);
	r = file_read_line(AT_FDCWD, name, text, sizeof(text));
	return r < 0 ? gone_is_empty(r) : str_eq(text, "1");
}

/* ---- killing ---- */

/* Frozen processes cannot fork, so one round reaches all; they die when they are thawed. Where freezing fails, rounds
 * that each find fewer. */
static int kill_listed(const struct cgroup_system *system, const struct cgroup_hierarchy *h, const char *path)
{
	for (int round = 0; round < KILL_ROUNDS; round++) {
		bool frozen = round == 0 && set_frozen(system, path, true, 100 * NSEC_PER_MSEC) == 0;
		int r = signal_tree(h, path, SIGKILL);

		(void)set_frozen(system, path, false, 0);
		if (r <= 0 || frozen)
			return r < 0 ? r : 0;
		(void)poll(NULL, 0, 1);
	}
	return 0;
}

int cgroup_kill(const struct cgroup_system *system, const char *path, struct err *e)
{
	const struct cgroup_hierarchy *h = any_hierarchy(system, path);
	char name[PATH_MAX];
	int r = h ? cgroup_is_populated(h, path) : 0;

	if (r > 0 && h->v2) {
		/* cgroup.kill (5.14) reaches every process at once, also those that fork meanwhile. */
		r = file_write_text(AT_FDCWD, cgroup_file(h, path, "cgroup.kill", name), "1");
		(void)set_frozen(system, path, false, 0);
		r = r < 0 ? kill_listed(system, h, path) : r;
	} else if (r > 0) {
		r = kill_listed(system, h, path);
	}
	return r < 0 ? err_sys(e, -r, "kill the processes of cgroup '%s'", path) : 0;
}

/* ---- removal ---- */

static int remove_group(int parent, const char *name, int64_t deadline, int depth);

static int remove_children(int parent, const char *name, int64_t deadline, int depth)
{
	autofd int dir = path_open(parent, name, PATH_OWN, O_RDONLY | O_DIRECTORY, 0), list = dir < 0 ? -EBADF : dup(dir);
	struct dirent *entry;
	DIR *entries;
	int r = 0;

	if (dir < 0)
		return gone_is_empty(dir);
	entries = list < 0 ? NULL : fdopendir(list);
	if (!entries)
		return -errno;
	(void)take_fd(list);
	while (r == 0 && (entry = readdir(entries)))
		if (entry->d_type == DT_DIR && !str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			r = depth == DEPTH_MAX ? -ELOOP : remove_group(dir, entry->d_name, deadline, depth + 1);
	(void)closedir(entries);
	return r;
}

/* rmdir succeeds when the children are gone and the last process is reaped; killed processes need a moment to die. */
static int remove_group(int parent, const char *name, int64_t deadline, int depth)
{
	for (;;) {
		int r;

		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		r = remove_children(parent, name, deadline, depth);
		if (r < 0)
			return r;
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
			return 0;
		if (clock_boot() > deadline)
			return -EBUSY;
		(void)poll(NULL, 0, 1);
	}
}

static int remove_path(const char *path, int64_t deadline)
{
	const char *name;
	autofd int parent = path_open_parent(AT_FDCWD, path, PATH_HOST, &name);

	if (parent < 0)
		return gone_is_empty(parent);
	return remove_group(parent, name, deadline, 0);
}

int cgroup_remove(const struct cgroup_system *system, const char *path, int64_t deadline, struct err *e)
{
	if (cgroup_path_check(path, e) < 0)
		return -1;
	for (size_t i = 0; i < system->n; i++) {
		char name[PATH_MAX];
		int r;

		/* An empty group, the ordinary case, is one call. */
		if (rmdir(cgroup_file(&system->items[i], path, NULL, name)) == 0)
			continue;
		r = remove_path(name, deadline);
		if (r < 0)
			return err_sys(e, -r, "remove cgroup '%s'", name);
	}
	return 0;
}
