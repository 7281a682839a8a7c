/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rdt.h"

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

enum { SCHEMATA_MAX = 64 << 10, NAME_SPACE = 600 };

/* " - resctrl resctrl rw" of mountinfo; the mount point is the fifth word. */
static int find_mount(char *mounts)
{
	char *save = NULL;

	for (char *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char mount[NAME_SPACE];

		if (strstr(line, " - resctrl ") && sscanf(line, "%*s %*s %*s %*s %599s", mount) == 1)
			return path_open(AT_FDCWD, mount, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	}
	return -ENOENT;
}

int rdt_open(struct err *e)
{
	autostr struct str mounts = STR_INIT;
	int r = mountinfo_read(&mounts);

	if (r == 0 && mounts.len > 0)
		r = find_mount(mounts.data);
	if (r == -ENOENT)
		return err_set(e, ERR_UNSUPPORTED, "linux.intelRdt: no resctrl file system is mounted");
	return r < 0 ? err_sys(e, -r, "open the resctrl file system") : r;
}

bool rdt_has(int root, const char *resource)
{
	char path[NAME_SPACE];

	(void)snprintf(path, sizeof(path), "info/%s", resource);
	return faccessat(root, path, F_OK, 0) == 0;
}

bool rdt_is_name(const char *name)
{
	static const char *const taken[] = { ".", "..", "info", "mon_groups", "mon_data", "" };

	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (str_eq(name, taken[i]))
			return false;
	return strlen(name) <= 255 && !strchr(name, '/') && !strchr(name, '\n');
}

/* ---- schemata ---- */

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* Masks are hexadecimal, bandwidths decimal. */
static uint64_t value_of(const char *resource, const char *text)
{
	return strtoull(text, NULL, str_starts(resource, "MB") ? 10 : 16);
}

/* The value of one cache in the line of a resource: false when it has none. */
static bool find_value(const char *schemata, const char *resource, size_t len, unsigned long cache, uint64_t *ret)
{
	for (const char *line = schemata; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = skip_blanks(line), *end = line + strcspn(line, "\n");

		if (strncmp(at, resource, len) != 0 || at[len] != ':')
			continue;
		for (at += len; at && at < end; at = memchr(at, ';', (size_t)(end - at))) {
			char *equals;

			if (strtoul(++at, &equals, 10) != cache || *equals != '=')
				continue;
			*ret = value_of(resource, equals + 1);
			return true;
		}
	}
	return false;
}

bool rdt_agrees(const char *there, const char *wanted)
{
	const char *resource = skip_blanks(wanted), *at = strchr(resource, ':');
	size_t len = at ? (size_t)(at - resource) : 0;

	for (; at; at = strchr(at, ';')) {
		char *equals;
		unsigned long cache = strtoul(++at, &equals, 10);
		uint64_t value;

		if (*equals != '=' || !find_value(there, resource, len, cache, &value) ||
		    value != value_of(resource, equals + 1))
			return false;
	}
	return len > 0;
}

/* ---- groups ---- */

static const char *path_in(const char *group, const char *file, char to[static NAME_SPACE])
{
	bool root = str_eq(group, "/");

	(void)snprintf(to, NAME_SPACE, "%.255s%s%.300s", root ? "" : group, root ? "" : "/", file);
	return to;
}

static const char *monitor_of(const char *group, const char *id, const char *file, char to[static NAME_SPACE])
{
	char within[300];

	(void)snprintf(within, sizeof(within), "mon_groups/%.255s%.20s", id, file);
	return path_in(group, within, to);
}

/* The kernel tells in words why it refused. */
static int failed(int root, int number, const char *what, const char *path, struct err *e)
{
	char status[256] = "";

	if (file_read_line(root, "info/last_cmd_status", status, sizeof(status)) < 0 || str_eq(status, "ok") || !status[0])
		return err_sys(e, number, "resctrl: %s '%s'", what, path);
	(void)err_sys(e, number, "resctrl: %s '%s': %s", what, path, status);
	return -1;
}

/* A group's files are the kernel's; a directory that plays resctrl in a test has none yet, hence O_CREAT. */
static int put(int root, const char *path, const char *text, struct err *e)
{
	autofd int fd = path_open(root, path, PATH_OWN, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return failed(root, fd < 0 ? -fd : errno, "write to", path, e);
	return 0;
}

int rdt_write(int root, const struct rdt_group *group, const struct strv *schemata, struct err *e)
{
	autostr struct str lines = STR_INIT;
	char path[NAME_SPACE];

	for (size_t i = 0; i < schemata->n; i++)
		str_addf(&lines, "%s\n", schemata->items[i]);
	if (lines.failed)
		return err_nomem(e);
	return lines.len ? put(root, path_in(group->name, "schemata", path), lines.data, e) : 0;
}

static int check_agreement(int root, const char *group, const struct strv *wanted, struct err *e)
{
	autostr struct str there = STR_INIT;
	char path[NAME_SPACE];

	if (file_read(root, path_in(group, "schemata", path), SCHEMATA_MAX, &there, e) < 0)
		return -1;
	for (size_t i = 0; i < wanted->n; i++)
		if (!rdt_agrees(str_text(&there), wanted->items[i]))
			return err_set(e, ERR_CONFLICT, "linux.intelRdt: the group '%s' is there and '%s' is not what it has", group,
				       wanted->items[i]);
	return 0;
}

/* 1: made, 0: was there. */
static int make_directory(int root, const char *path, struct err *e)
{
	if (mkdirat(root, path, 0755) == 0)
		return 1;
	return errno == EEXIST ? 0 : failed(root, errno, "make the group", path, e);
}

static bool is_there(int root, const char *group)
{
	return str_eq(group, "/") || faccessat(root, group, F_OK, 0) == 0;
}

/* A named group belongs to whoever named it, also when it was made here: others may be in it. */
static int make_named(int root, const struct rdt_config *config, struct rdt_group *to, struct err *e)
{
	if (is_there(root, config->group))
		return check_agreement(root, config->group, &config->schemata, e);
	if (config->schemata.n == 0)
		return err_set(e, ERR_NOT_FOUND, "linux.intelRdt.closID: there is no group '%s', and no schemata to make it by",
			       config->group);
	return make_directory(root, config->group, e) < 0 ? -1 : rdt_write(root, to, &config->schemata, e);
}

static int make_own(int root, const struct rdt_config *config, struct rdt_group *to, struct err *e)
{
	int r = make_directory(root, config->id, e);

	to->owned = r > 0;
	return r < 0 ? -1 : rdt_write(root, to, &config->schemata, e);
}

static int make_monitor(int root, const struct rdt_config *config, struct rdt_group *to, struct err *e)
{
	char path[NAME_SPACE];
	int r;

	if (!config->monitor)
		return 0;
	r = make_directory(root, monitor_of(to->name, config->id, "", path), e);
	to->monitor = r >= 0;
	return r < 0 ? -1 : 0;
}

int rdt_make(int root, const struct rdt_config *config, struct rdt_group *ret, struct err *e)
{
	cleanup(rdt_group_done) struct rdt_group group = { .name = strdup(config->group ? config->group : config->id) };

	if (!group.name)
		return err_nomem(e);
	if ((config->group ? make_named : make_own)(root, config, &group, e) < 0 ||
	    make_monitor(root, config, &group, e) < 0) {
		(void)rdt_remove(root, &group, config->id, NULL);
		return -1;
	}
	*ret = group;
	group = (struct rdt_group){ .name = NULL };
	return 0;
}

int rdt_join(int root, const struct rdt_group *group, const char *id, pid_t pid, struct err *e)
{
	char path[NAME_SPACE], text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	if (put(root, path_in(group->name, "tasks", path), text, e) < 0)
		return -1;
	return group->monitor ? put(root, monitor_of(group->name, id, "/tasks", path), text, e) : 0;
}

int rdt_remove(int root, const struct rdt_group *group, const char *id, struct err *e)
{
	char path[NAME_SPACE];

	if (group->monitor && unlinkat(root, monitor_of(group->name, id, "", path), AT_REMOVEDIR) < 0 && errno != ENOENT)
		return failed(root, errno, "remove the group", path, e);
	if (group->owned && unlinkat(root, group->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return failed(root, errno, "remove the group", group->name, e);
	return 0;
}

void rdt_group_done(struct rdt_group *group)
{
	free(group->name);
	group->name = NULL;
}
