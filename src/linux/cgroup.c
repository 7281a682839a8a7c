/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * Groups are named by mount point + path; the path was checked to have no dots, and cgroup file systems have no links,
 * so that a group's path never leaves its hierarchy.
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

enum { CGROUP_READ_MAX = 1 << 20 };

static void hierarchy_done(struct cgroup_hierarchy *h)
{
	free(h->controllers);
	free(h->mount);
}

void cgroup_system_done(struct cgroup_system *system)
{
	for (size_t i = 0; i < system->n; i++)
		hierarchy_done(&system->items[i]);
	free(system->items);
	*system = (struct cgroup_system){ .items = NULL };
}

/* "rw,cpu,cpuacct" -> "cpu,cpuacct"; "rw,xattr,name=systemd" -> "name=systemd". */
static char *v1_controllers(char *super_options)
{
	static const char *const flags[] = { "rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode" };
	autostr struct str kept = STR_INIT;
	char *save = NULL;

	for (char *word = strtok_r(super_options, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		bool flag = str_starts(word, "release_agent=");

		for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
			flag |= str_eq(word, flags[i]);
		if (!flag)
			str_addf(&kept, "%s%s", kept.len ? "," : "", word);
	}
	return str_take(&kept);
}

static bool is_known(const struct cgroup_system *system, const char *controllers, bool v2)
{
	for (size_t i = 0; i < system->n; i++)
		if (system->items[i].v2 == v2 && (v2 || str_eq(system->items[i].controllers, controllers)))
			return true;
	return false;
}

/* "36 35 0:30 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu": one line of mountinfo. */
static int parse_line(char *line, struct cgroup_system *system)
{
	struct cgroup_hierarchy found = { .v2 = false }, *item;
	char mount[PATH_MAX], type[32], options[512], *tail = strstr(line, " - ");

	if (!tail || sscanf(line, "%*s %*s %*s %*s %4095s", mount) != 1)
		return 0;
	if (sscanf(tail + 3, "%31s %*s %511s", type, options) != 2 || !str_starts(type, "cgroup"))
		return 0;
	found.v2 = str_eq(type, "cgroup2");
	found.controllers = found.v2 ? strdup("") : v1_controllers(options);
	found.mount = strdup(mount);
	if (!found.controllers || !found.mount) {
		hierarchy_done(&found);
		return -ENOMEM;
	}
	if (is_known(system, found.controllers, found.v2) || system->n == CGROUP_HIERARCHIES) {
		hierarchy_done(&found);
		return 0;
	}
	item = vec_add(system);
	if (!item) {
		hierarchy_done(&found);
		return -ENOMEM;
	}
	*item = found;
	return 0;
}

int cgroup_system_parse(const char *mountinfo, struct cgroup_system *ret)
{
	struct cgroup_system system = { .items = NULL };
	autofree char *text = strdup(mountinfo);
	char *save = NULL;
	int r = text ? 0 : -ENOMEM;

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line && r == 0; line = strtok_r(NULL, "\n", &save))
		r = parse_line(line, &system);
	if (r < 0) {
		cgroup_system_done(&system);
		return r;
	}
	*ret = system;
	return 0;
}

static int read_v2_controllers(struct cgroup_system *system)
{
	for (size_t i = 0; i < system->n; i++) {
		struct cgroup_hierarchy *h = &system->items[i];
		char path[PATH_MAX], line[512];

		if (!h->v2)
			continue;
		(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", h->mount);
		if (file_read_line(AT_FDCWD, path, line, sizeof(line)) < 0)
			continue;
		for (char *c = line; *c; c++)
			if (*c == ' ')
				*c = ',';
		free(h->controllers);
		h->controllers = strdup(line);
		if (!h->controllers)
			return -ENOMEM;
	}
	return 0;
}

int cgroup_system_read(struct cgroup_system *ret, struct err *e)
{
	autofd int fd = path_open(AT_FDCWD, "/proc/self/mountinfo", PATH_HOST, O_RDONLY, 0);
	autostr struct str text = STR_INIT;
	struct cgroup_system system;
	int r = fd < 0 ? fd : io_read_all(fd, 16 * CGROUP_READ_MAX, &text);

	if (r == 0)
		r = cgroup_system_parse(str_text(&text), &system);
	if (r < 0)
		return err_sys(e, -r, "read the cgroup mounts");
	r = read_v2_controllers(&system);
	if (r < 0) {
		cgroup_system_done(&system);
		return err_sys(e, -r, "read the cgroup controllers");
	}
	*ret = system;
	return 0;
}

int cgroup_path_check(const char *path, struct err *e)
{
	const char *at = path;

	if (path[0] != '/' || !path[1] || strlen(path) >= PATH_MAX / 2)
		return err_set(e, ERR_INVALID, "cgroup path '%.200s' is not an absolute path below the root", path);
	while (*at) {
		size_t len = strcspn(++at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return err_set(e, ERR_INVALID, "cgroup path '%.200s' has an empty, '.' or '..' component", path);
		at += len;
	}
	return 0;
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at; at += strcspn(at, ",") + (strchr(at, ',') ? 1 : 0))
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

const struct cgroup_hierarchy *cgroup_find(const struct cgroup_system *system, const char *controller)
{
	for (size_t i = 0; i < system->n; i++)
		if (has_word(system->items[i].controllers, controller))
			return &system->items[i];
	return NULL;
}

static char *group_path(const struct cgroup_hierarchy *h, const char *path, const char *file, char to[static PATH_MAX])
{
	(void)snprintf(to, PATH_MAX, "%s%s%s%s", h->mount, path, file ? "/" : "", file ? file : "");
	return to;
}

int cgroup_open(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	char name[PATH_MAX];

	return path_open(AT_FDCWD, group_path(hierarchy, path, NULL, name), PATH_HOST, O_PATH | O_DIRECTORY, 0);
}

/* A v1 cpuset group is unusable until it has cpus and mems: they are taken from the parent. */
static int inherit_cpuset(const struct cgroup_hierarchy *h, const char *path)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char parent[PATH_MAX] = "", name[PATH_MAX], value[512];

	memcpy(parent, path, (size_t)(strrchr(path, '/') - path));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = file_read_line(AT_FDCWD, group_path(h, parent, files[i], name), value, sizeof(value));

		if (r == 0)
			r = file_write_text(AT_FDCWD, group_path(h, path, files[i], name), value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* v2: what the group is to have must be enabled in its parent; a controller that refuses is found out by its limit. */
static void enable_controllers(const struct cgroup_hierarchy *h, const char *parent)
{
	static const char *const wanted[] = { "cpu", "cpuset", "io", "memory", "pids" };
	char name[PATH_MAX], text[16];

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!has_word(h->controllers, wanted[i]))
			continue;
		(void)snprintf(text, sizeof(text), "+%s", wanted[i]);
		(void)file_write_text(AT_FDCWD, group_path(h, parent, "cgroup.subtree_control", name), text);
	}
}

static int make_group(const struct cgroup_hierarchy *h, const char *path)
{
	char name[PATH_MAX];
	bool made = mkdir(group_path(h, path, NULL, name), 0755) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	if (made && has_word(h->controllers, "cpuset") && !h->v2)
		return inherit_cpuset(h, path);
	return 0;
}

static int make_groups(const struct cgroup_hierarchy *h, const char *path)
{
	char prefix[PATH_MAX] = "";
	int r;

	if (!h->v2) {
		r = make_group(h, path);
		if (r != -ENOENT)
			return r;
	}
	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		if (h->v2 && h->controllers[0])
			enable_controllers(h, prefix);
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		r = make_group(h, prefix);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_create(const struct cgroup_system *system, const char *path, struct err *e)
{
	for (size_t i = 0; i < system->n; i++) {
		int r = make_groups(&system->items[i], path);

		if (r < 0)
			return err_sys(e, -r, "make cgroup '%s%s'", system->items[i].mount, path);
	}
	return 0;
}

int cgroup_open_tasks(const struct cgroup_system *system, const char *path, int fds[static CGROUP_HIERARCHIES],
		      size_t *ret_n, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < system->n; i++) {
		char name[PATH_MAX];
		int fd;

		if (system->items[i].v2)
			continue;
		fd = path_open(AT_FDCWD, group_path(&system->items[i], path, "tasks", name), PATH_HOST, O_WRONLY, 0);
		if (fd < 0) {
			while (n > 0)
				(void)close(fds[--n]);
			return err_sys(e, -fd, "open '%s'", name);
		}
		fds[n++] = fd;
	}
	*ret_n = n;
	return 0;
}

int cgroup_v2_dir(const struct cgroup_system *system, const char *path)
{
	for (size_t i = 0; i < system->n; i++)
		if (system->items[i].v2)
			return cgroup_open(&system->items[i], path);
	return -ENOENT;
}

int cgroup_join_tasks(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (write(fds[i], "0", 1) < 0)
			return -errno;
	return 0;
}

/* ---- signals ---- */

/* cgroup.kill (5.14) reaches every process at once, also those that fork meanwhile. */
static int kill_v2(const struct cgroup_hierarchy *h, const char *path)
{
	char name[PATH_MAX];

	return file_write_text(AT_FDCWD, group_path(h, path, "cgroup.kill", name), "1");
}

static int signal_pid(pid_t pid, int signal)
{
	autofd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		return errno == ESRCH ? 0 : -errno;
	return 1;
}

/* Signals what cgroup.procs lists: how many were alive, or -errno. */
static int signal_listed(const struct cgroup_hierarchy *h, const char *path, int signal)
{
	autostr struct str pids = STR_INIT;
	char name[PATH_MAX], *save = NULL;
	autofd int fd = path_open(AT_FDCWD, group_path(h, path, "cgroup.procs", name), PATH_HOST, O_RDONLY, 0);
	int r = fd < 0 ? fd : io_read_all(fd, CGROUP_READ_MAX, &pids), alive = 0;

	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	for (char *word = pids.data ? strtok_r(pids.data, "\n", &save) : NULL; word; word = strtok_r(NULL, "\n", &save)) {
		long pid = strtol(word, NULL, 10);

		r = pid > 0 ? signal_pid((pid_t)pid, signal) : 0;
		if (r < 0)
			return r;
		alive += r;
	}
	return alive;
}

static const struct cgroup_hierarchy *any_hierarchy(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *first = NULL;

	for (size_t i = 0; i < system->n; i++) {
		autofd int dir = cgroup_open(&system->items[i], path);

		if (dir >= 0 && system->items[i].v2)
			return &system->items[i];
		if (dir >= 0 && !first)
			first = &system->items[i];
	}
	return first;
}

int cgroup_signal(const struct cgroup_system *system, const char *path, int signal, struct err *e)
{
	const struct cgroup_hierarchy *h = any_hierarchy(system, path);
	int r = h ? signal_listed(h, path, signal) : 0;

	return r < 0 ? err_sys(e, -r, "signal the processes of cgroup '%s'", path) : 0;
}

int cgroup_kill(const struct cgroup_system *system, const char *path, struct err *e)
{
	const struct cgroup_hierarchy *h = any_hierarchy(system, path);
	int r = -ENOENT;

	(void)cgroup_freeze(system, path, false, NULL);
	if (!h)
		return 0;
	if (h->v2)
		r = kill_v2(h, path);
	/* A group that forks is killed in rounds, each of which finds fewer. */
	for (int round = 0; r != 0 && round < 100; round++) {
		r = signal_listed(h, path, SIGKILL);
		if (r < 0)
			return err_sys(e, -r, "kill the processes of cgroup '%s'", path);
	}
	return 0;
}

int cgroup_freeze(const struct cgroup_system *system, const char *path, bool frozen, struct err *e)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(system, "freezer");
	char name[PATH_MAX];
	int r = -EOPNOTSUPP;

	for (size_t i = 0; i < system->n; i++) {
		const struct cgroup_hierarchy *h = &system->items[i];

		if (h->v2 && !v1)
			r = file_write_text(AT_FDCWD, group_path(h, path, "cgroup.freeze", name), frozen ? "1" : "0");
	}
	if (v1)
		r = file_write_text(AT_FDCWD, group_path(v1, path, "freezer.state", name), frozen ? "FROZEN" : "THAWED");
	return r < 0 ? err_sys(e, -r, "%s cgroup '%s'", frozen ? "freeze" : "thaw", path) : 0;
}

/* ---- removal ---- */

static int remove_below(const char *name, int64_t deadline);

static int remove_children(const char *name, int64_t deadline)
{
	autofd int fd = path_open(AT_FDCWD, name, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return fd < 0 ? fd : -errno;
	(void)take_fd(fd);
	while (r == 0 && (entry = readdir(dir))) {
		char child[PATH_MAX];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", name, entry->d_name) < (int)sizeof(child))
			r = remove_below(child, deadline);
	}
	(void)closedir(dir);
	return r;
}

/* rmdir succeeds when the last process is gone; killed processes need a moment to die. */
static int remove_below(const char *name, int64_t deadline)
{
	for (;;) {
		if (rmdir(name) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		if (remove_children(name, deadline) == -EBUSY || clock_boot() > deadline)
			return -EBUSY;
		(void)poll(NULL, 0, 1);
	}
}

int cgroup_remove(const struct cgroup_system *system, const char *path, int64_t deadline, struct err *e)
{
	if (cgroup_path_check(path, e) < 0)
		return -1;
	for (size_t i = 0; i < system->n; i++) {
		char name[PATH_MAX];
		int r = remove_below(group_path(&system->items[i], path, NULL, name), deadline);

		if (r < 0)
			return err_sys(e, -r, "remove cgroup '%s'", name);
	}
	return 0;
}
