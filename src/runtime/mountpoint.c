/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mountpoint.h"

/*
 * A destination is opened once, below the root, and attached to by descriptor. What an image must not turn against its
 * runtime is decided by what was opened, not by how it was called: a link that leads into /proc is /proc.
 */

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/weaken.h"
#include "linux/mount.h"

#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC 0x1cd1
#endif

const char *mountpoint_clean(const char *path, char to[static PATH_MAX])
{
	size_t len = 0;

	if (strlen(path) >= PATH_MAX - 1)
		path = "/";
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && strncmp(path, "..", 2) == 0) {
			while (len > 0 && to[--len] != '/')
				;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			to[len++] = '/';
			memcpy(to + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (len == 0)
		to[len++] = '/';
	to[len] = '\0';
	return to;
}

bool mountpoint_is(const char *path, const char *clean)
{
	char to[PATH_MAX];

	return str_eq(mountpoint_clean(path, to), clean);
}

bool mountpoint_is_below(const char *path, const char *directory)
{
	char a[PATH_MAX], b[PATH_MAX];
	size_t len = strlen(mountpoint_clean(directory, b));

	(void)mountpoint_clean(path, a);
	if (len == 1)
		return a[1] != '\0';
	return strncmp(a, b, len) == 0 && a[len] == '/';
}

bool mountpoint_has_mode(const struct strv *data)
{
	for (size_t i = 0; i < data->n; i++)
		if (str_starts(data->items[i], "mode="))
			return true;
	return false;
}

static const char *below(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

int mountpoint_open(int root, const char *path)
{
	return path_open(root, below(path), weakened("path-scope") ? PATH_HOST : PATH_IN_ROOT, O_PATH, 0);
}

int mountpoint_make(int root, const char *path, bool directory, bool *ret_made)
{
	bool host = weakened("path-scope"), twice = weakened("path-twice");

	*ret_made = false;
	if (host || twice)
		return path_make_dirs(root, below(path), host ? PATH_HOST : PATH_IN_ROOT, 0755);
	return path_make(root, below(path), directory, 0755, 0644, ret_made);
}

/* proc and sysfs: no link on the way, and a directory. */
static int open_plain(const struct container *c, const char *path, bool *ret_made)
{
	int fd = path_open(c->root_fd, below(path), PATH_OWN, O_PATH | O_DIRECTORY, 0);

	*ret_made = fd == -ENOENT;
	return fd == -ENOENT ? path_make_dirs(c->root_fd, below(path), PATH_OWN, 0755) : fd;
}

/* Files that lxcfs emulates. */
static bool is_emulated(const char *path)
{
	static const char *const files[] = {
		"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
		"/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (mountpoint_is(path, files[i]))
			return true;
	return false;
}

static bool is_proc(int fd)
{
	struct statfs fs;

	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* `direct`: the target is a plain directory in the root, so that it is none in a procfs. */
static int check_proc(const struct oci_mount *m, int target, bool direct, int source, struct err *e)
{
	bool at = mountpoint_is(m->destination, "/proc"), inside = mountpoint_is_below(m->destination, "/proc");
	bool fresh = m->type && str_eq(m->type, "proc") && source < 0;

	if (!direct && is_proc(target)) {
		at |= mount_is_root(target);
		inside |= !mount_is_root(target);
	}
	if (at && !inside && !fresh && !is_proc(source))
		return err_set(e, ERR_DENIED, "'%.200s' cannot be mounted because it is not of type proc", m->destination);
	if (inside && !is_emulated(m->destination))
		return err_set(e, ERR_DENIED, "'%.200s' cannot be mounted because it is inside /proc", m->destination);
	return 0;
}

static bool is_in_root(const char *destination)
{
	char clean[PATH_MAX];

	return !strchr(mountpoint_clean(destination, clean) + 1, '/');
}

/* A link on these is the kernel's own (crun). */
static int check_nofollow(const struct oci_mount *m, int target, struct err *e)
{
	struct statfs fs;

	if (fstatfs(target, &fs) < 0)
		return err_sys(e, errno, "look at '%s'", m->destination);
	if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC && fs.f_type != DEVPTS_SUPER_MAGIC)
		return 0;
	return err_set(e, ERR_DENIED, "override of the mount destination '%.200s' is not allowed", m->destination);
}

int mountpoint_open_for(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int source,
			bool *ret_made, struct err *e)
{
	bool plain = source < 0 && m->type && (str_eq(m->type, "proc") || str_eq(m->type, "sysfs"));
	autofd int target = -EBADF;
	struct stat st = { .st_mode = S_IFDIR };

	if (source >= 0 && source != c->dev_fd && fstat(source, &st) < 0)
		return err_sys(e, errno, "look at the source of '%s'", m->destination);
	*ret_made = false;
	if (plain)
		target = open_plain(c, m->destination, ret_made);
	else if (o->destination_nofollow)
		target = path_open(c->root_fd, below(m->destination), PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
	else
		target = mountpoint_make(c->root_fd, m->destination, S_ISDIR(st.st_mode), ret_made);
	if (plain && (target == -ELOOP || target == -ENOTDIR))
		return err_set(e, ERR_DENIED, "mount '%s' on '%.200s': it must be mounted on ordinary directory", m->type,
			       m->destination);
	if (target < 0)
		return err_sys(e, -target, "open mount point '%s'", m->destination);
	if (o->destination_nofollow && check_nofollow(m, target, e) < 0)
		return -1;
	return check_proc(m, target, plain && is_in_root(m->destination), source, e) < 0 ? -1 : take_fd(target);
}
