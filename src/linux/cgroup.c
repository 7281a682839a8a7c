/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * Groups are named by mount point + path; the path was checked to have no dots, and cgroup file systems have no links,
 * so that a group's path never leaves its hierarchy.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mountinfo.h"

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

/* "rw,cpu,cpuacct" -> "cpu,cpuacct"; "rw,xattr,name=systemd" -> "name=systemd": the rest are options. */
static char *v1_controllers(char *super_options)
{
	static const char *const known[] = { "blkio",	"cpu",	    "cpuacct",	"cpuset", "devices",	"freezer", "hugetlb",
					     "memory", "misc", "net_cls", "net_prio", "perf_event", "pids", "rdma" };
	autostr struct str kept = STR_INIT;
	char *save = NULL;

	for (char *word = strtok_r(super_options, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		bool is_controller = str_starts(word, "name=");

		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			is_controller |= str_eq(word, known[i]);
		if (is_controller)
			str_addf(&kept, "%s%s", kept.len ? "," : "", word);
	}
	return kept.len ? str_take(&kept) : strdup("");
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
	mountinfo_unescape(mount);
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
		int r;

		if (!h->v2)
			continue;
		(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", h->mount);
		r = file_read_line(AT_FDCWD, path, line, sizeof(line));
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
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
	autostr struct str text = STR_INIT;
	struct cgroup_system system;
	int r = mountinfo_read(&text);

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

char *cgroup_path_clean(const char *path)
{
	autostr struct str clean = STR_INIT;

	for (const char *at = path; *at;) {
		size_t len = strcspn(at, "/");

		if (len > 0 && !(len == 1 && at[0] == '.')) {
			str_add_char(&clean, '/');
			str_add_bytes(&clean, at, len);
		}
		at += len + (at[len] == '/');
	}
	if (clean.len == 0)
		str_add_char(&clean, '/');
	return str_take(&clean);
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

char *cgroup_file(const struct cgroup_hierarchy *h, const char *path, const char *file, char to[static PATH_MAX])
{
	(void)snprintf(to, PATH_MAX, "%s%s%s%s", h->mount, path, file ? "/" : "", file ? file : "");
	return to;
}

int cgroup_open(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	char name[PATH_MAX];

	return path_open(AT_FDCWD, cgroup_file(hierarchy, path, NULL, name), PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
}

/* A v1 cpuset group is unusable until it has cpus and mems: they are taken from the parent. Another creator may have
 * made the parent and not filled it yet, so an empty one is filled first. */
static int inherit_cpuset(const struct cgroup_hierarchy *h, const char *path, const char *file)
{
	char parent[PATH_MAX] = "", name[PATH_MAX], value[512];
	int r;

	memcpy(parent, path, (size_t)(strrchr(path, '/') - path));
	r = file_read_line(AT_FDCWD, cgroup_file(h, parent, file, name), value, sizeof(value));
	if (r == 0 && !value[0] && parent[0]) {
		r = inherit_cpuset(h, parent, file);
		if (r == 0)
			r = file_read_line(AT_FDCWD, name, value, sizeof(value));
	}
	return r < 0 ? r : file_write_text(AT_FDCWD, cgroup_file(h, path, file, name), value);
}

/* Below a parent that clones to its children (cgroup.clone_children), as those that we make do, all is there. */
static int inherit_cpusets(const struct cgroup_hierarchy *h, const char *path)
{
	char name[PATH_MAX], value[512];
	int r = file_read_line(AT_FDCWD, cgroup_file(h, path, "cpuset.cpus", name), value, sizeof(value));

	if (r == 0 && value[0])
		return 0;
	r = inherit_cpuset(h, path, "cpuset.cpus");
	return r < 0 ? r : inherit_cpuset(h, path, "cpuset.mems");
}

/* v2: what the group is to have must be enabled in its parent: all there is, in one write, or one by one where one of
 * them refuses (realtime processes and "cpu", an unprivileged caller); what cannot be had is found out by its limit. */
static bool enable_controllers(const struct cgroup_hierarchy *h, const char *parent)
{
	autostr struct str all = STR_INIT;
	char name[PATH_MAX];

	str_add_char(&all, '+');
	for (const char *c = h->controllers; *c; c++)
		str_add(&all, *c == ',' ? " +" : (const char[]){ *c, '\0' });
	(void)cgroup_file(h, parent, "cgroup.subtree_control", name);
	if (all.failed || file_write_text(AT_FDCWD, name, all.data) == 0)
		return !all.failed;
	for (char *save = NULL, *word = strtok_r(all.data, " ", &save); word; word = strtok_r(NULL, " ", &save))
		(void)file_write_text(AT_FDCWD, name, word);
	return false;
}

/* 1: made, 0: was there, -errno. */
static int make_group(const struct cgroup_hierarchy *h, const char *path)
{
	char name[PATH_MAX];
	int r;

	if (mkdir(cgroup_file(h, path, NULL, name), 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	r = !h->v2 && has_word(h->controllers, "cpuset") ? inherit_cpusets(h, path) : 0;
	if (r < 0)
		(void)rmdir(name);
	return r < 0 ? r : 1;
}

/* From the root down. */
static int make_all(const struct cgroup_hierarchy *h, const char *path)
{
	bool v1_cpuset = !h->v2 && has_word(h->controllers, "cpuset");
	char prefix[PATH_MAX] = "", name[PATH_MAX];
	int r = 0;

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		if (h->v2 && h->controllers[0])
			(void)enable_controllers(h, prefix);
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		r = make_group(h, prefix);
		if (r < 0)
			return r;
		if (r > 0 && path[i] && v1_cpuset)
			(void)file_write_text(AT_FDCWD, cgroup_file(h, prefix, "cgroup.clone_children", name), "1");
	}
	return r;
}

/* The parents are there as a rule, and have their controllers. */
static int make_groups(const struct cgroup_hierarchy *h, const char *path)
{
	char parent[PATH_MAX] = "";
	int r = make_group(h, path), all;

	if (r < 0 && r != -ENOENT)
		return r;
	memcpy(parent, path, (size_t)(strrchr(path, '/') - path));
	if (r >= 0 && (!h->v2 || !h->controllers[0] || enable_controllers(h, parent)))
		return r;
	all = make_all(h, path);
	if (r > 0 && all < 0)
		(void)rmdir(cgroup_file(h, path, NULL, parent));
	return r > 0 && all == 0 ? 1 : all;
}

/* Only what was made here is unmade: rmdir spares a group that has children or processes. */
static void unmake(const struct cgroup_system *system, const char *path, const bool *made, size_t n)
{
	char name[PATH_MAX];

	for (size_t i = 0; i < n; i++)
		if (made[i])
			(void)rmdir(cgroup_file(&system->items[i], path, NULL, name));
}

static int create(const struct cgroup_system *system, const char *path, bool *made, struct err *e)
{
	if (cgroup_path_check(path, e) < 0)
		return -1;
	for (size_t i = 0; i < system->n; i++) {
		int r = make_groups(&system->items[i], path);

		if (r < 0) {
			unmake(system, path, made, i);
			return err_sys(e, -r, "make cgroup '%s%s'", system->items[i].mount, path);
		}
		made[i] = r > 0;
	}
	return 0;
}

int cgroup_create(const struct cgroup_system *system, const char *path, struct err *e)
{
	bool made[CGROUP_HIERARCHIES];

	return create(system, path, made, e);
}

int cgroup_claim(const struct cgroup_system *system, const char *path, struct err *e)
{
	bool made[CGROUP_HIERARCHIES];

	if (create(system, path, made, e) < 0)
		return -1;
	for (size_t i = 0; i < system->n; i++) {
		int r = made[i] ? 0 : cgroup_is_populated(&system->items[i], path);

		if (r == 0)
			continue;
		unmake(system, path, made, system->n);
		return r < 0 ? err_sys(e, -r, "look into cgroup '%s'", path) :
			       err_set(e, ERR_CONFLICT, "cgroup '%s' has processes already", path);
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
		fd = path_open(AT_FDCWD, cgroup_file(&system->items[i], path, "tasks", name), PATH_HOST, O_WRONLY, 0);
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

const struct cgroup_hierarchy *cgroup_unified(const struct cgroup_system *system)
{
	for (size_t i = 0; i < system->n; i++)
		if (system->items[i].v2)
			return &system->items[i];
	return NULL;
}

bool cgroup_is_v2_alone(const struct cgroup_system *system)
{
	return system->n == 1 && system->items[0].v2;
}

int cgroup_v2_dir(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *h = cgroup_unified(system);

	return h ? cgroup_open(h, path) : -ENOENT;
}

int cgroup_join_tasks(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (write(fds[i], "0", 1) < 0)
			return -errno;
	return 0;
}
