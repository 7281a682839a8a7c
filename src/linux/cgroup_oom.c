/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_oom.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { EVENTS_MAX = 4096 };

static int open_file(const char *group, const char *file)
{
	autofd int dir = path_open(AT_FDCWD, group, PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return dir < 0 ? dir : path_open(dir, file, PATH_OWN, O_RDONLY, 0);
}

/* "NAME NUMBER" of a file of the group: 0 or -errno. */
static int field_of(int fd, const char *name, uint64_t *ret)
{
	char text[EVENTS_MAX], *save = NULL;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(name);

		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			*ret = strtoull(line + len, NULL, 10);
	}
	return 0;
}

static int field(const struct cgroup_oom *oom, const char *file, const char *name, uint64_t *ret)
{
	autofd int fd = open_file(oom->dir, file);

	return fd < 0 ? fd : field_of(fd, name, ret);
}

int cgroup_oom_counter(const struct cgroup_system *system, const char *path)
{
	const struct cgroup_hierarchy *h = cgroup_find(system, "memory");
	char dir[PATH_MAX];

	if (!h)
		return -ENOENT;
	(void)cgroup_file(h, path, NULL, dir);
	return open_file(dir, h->v2 ? "memory.events" : "memory.oom_control");
}

uint64_t cgroup_oom_count(int counter)
{
	uint64_t kills = 0;

	return field_of(counter, "oom_kill", &kills) < 0 ? 0 : kills;
}

static int open_v1(struct cgroup_oom *oom)
{
	autofd int dir = path_open(AT_FDCWD, oom->dir, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autofd int control = dir < 0 ? -EBADF : path_open(dir, "memory.oom_control", PATH_OWN, O_RDONLY, 0);
	char line[32];

	if (dir < 0 || control < 0)
		return dir < 0 ? dir : control;
	oom->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (oom->fd < 0)
		return -errno;
	(void)snprintf(line, sizeof(line), "%d %d", oom->fd, control);
	return file_write_text(dir, "cgroup.event_control", line);
}

static int watch(const struct cgroup_oom *oom, const char *file)
{
	char name[PATH_MAX + 32];

	(void)snprintf(name, sizeof(name), "%s/%s", oom->dir, file);
	return inotify_add_watch(oom->fd, name, IN_MODIFY) < 0 ? -errno : 0;
}

static int open_v2(struct cgroup_oom *oom)
{
	int r;

	oom->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (oom->fd < 0)
		return -errno;
	r = watch(oom, "memory.events");
	if (r == 0)
		r = watch(oom, "cgroup.events");
	return r < 0 ? r : field(oom, "memory.events", "oom_kill", &oom->kills);
}

int cgroup_oom_open(const struct cgroup_system *system, const char *path, struct cgroup_oom *ret, struct err *e)
{
	const struct cgroup_hierarchy *h = cgroup_find(system, "memory");
	struct cgroup_oom oom = CGROUP_OOM_INIT;
	int r;

	if (!h)
		return err_set(e, ERR_UNSUPPORTED, "memory controller missing");
	oom.v2 = h->v2;
	(void)cgroup_file(h, path, NULL, oom.dir);
	r = (h->v2 ? open_v2 : open_v1)(&oom);
	if (r < 0) {
		cgroup_oom_done(&oom);
		return err_sys(e, -r, "watch cgroup '%s' for lack of memory", path);
	}
	*ret = oom;
	return 0;
}

void cgroup_oom_done(struct cgroup_oom *oom)
{
	if (oom->fd >= 0)
		(void)close(oom->fd);
	oom->fd = -EBADF;
}

/* The kernel signals the eventfd when the group goes, too. */
static enum cgroup_oom_event read_v1(struct cgroup_oom *oom)
{
	uint64_t times;
	struct stat st;

	if (read(oom->fd, &times, sizeof(times)) != sizeof(times))
		return OOM_NOTHING;
	return stat(oom->dir, &st) < 0 ? OOM_END : OOM_KILL;
}

static enum cgroup_oom_event read_v2(struct cgroup_oom *oom)
{
	char events[EVENTS_MAX] __attribute__((aligned(__alignof__(struct inotify_event))));
	uint64_t kills = oom->kills, populated = 0;

	while (read(oom->fd, events, sizeof(events)) > 0)
		;
	if (field(oom, "memory.events", "oom_kill", &kills) == 0 && kills > oom->kills) {
		oom->kills = kills;
		return OOM_KILL;
	}
	return field(oom, "cgroup.events", "populated", &populated) < 0 || populated == 0 ? OOM_END : OOM_NOTHING;
}

enum cgroup_oom_event cgroup_oom_read(struct cgroup_oom *oom)
{
	return (oom->v2 ? read_v2 : read_v1)(oom);
}
