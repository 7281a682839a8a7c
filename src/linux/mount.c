/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount.h"

/*
 * fsconfig takes strings of 255 bytes at most. A longer option (the layers of an overlay) goes the old way: mount(2) in
 * a mount namespace of an errand, of which only the clone survives.
 */

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/mountinfo.h"

#undef mount /* banned.h: this is the file that wraps it */

enum { FILESYSTEMS_MAX = 1 << 20 };

static int configure(int fs, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[64];
	size_t len = equals ? (size_t)(equals - option) : strlen(option);

	if (len >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, len);
	key[len] = '\0';
	if (equals)
		return fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1, 0) < 0 ? -errno : 0;
	return fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
}

static int configure_all(int fs, const struct strv *data, const char **ret_option)
{
	for (size_t i = 0; data && i < data->n; i++) {
		int r = configure(fs, data->items[i]);

		if (r < 0) {
			*ret_option = data->items[i];
			return r;
		}
	}
	return 0;
}

/* ---- the old way ---- */

enum { FSCONFIG_STRING_MAX = 255 };

struct old_mount {
	const char *type, *source;
	const struct strv *data;
	uint64_t attributes;
};

static bool has_long_value(const struct strv *data)
{
	for (size_t i = 0; data && i < data->n; i++) {
		const char *equals = strchr(data->items[i], '=');

		if (equals && strlen(equals + 1) > FSCONFIG_STRING_MAX)
			return true;
	}
	return false;
}

static void join_data(const struct strv *data, struct str *to)
{
	for (size_t i = 0; data && i < data->n; i++)
		str_addf(to, "%s%s", i ? "," : "", data->items[i]);
}

static int mount_on_scaffold(const struct old_mount *old, const char *options)
{
	autofd int scaffold = -EBADF, fd = -EBADF;
	const char *refused;
	int r;

	scaffold = mount_new("tmpfs", "tmpfs", NULL, 0, &refused);
	if (scaffold < 0)
		return scaffold;
	r = mount_attach_at(scaffold, AT_FDCWD, "/");
	if (r == 0 && (fchdir(scaffold) < 0 || mkdir("m", 0755) < 0))
		r = -errno;
	if (r == 0 && mount(old->source, "m", old->type, 0, options) < 0)
		r = -errno;
	if (r == 0)
		r = fd = mount_clone(scaffold, "m", false);
	if (r >= 0)
		r = mount_set(fd, old->attributes, MOUNT_ATTR__ATIME, 0, false);
	return r < 0 ? r : take_fd(fd);
}

static int old_way(void *arg)
{
	const struct old_mount *old = arg;
	autostr struct str options = STR_INIT;

	join_data(old->data, &options);
	if (options.failed)
		return -ENOMEM;
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	(void)mount_propagation_all(MS_PRIVATE);
	return mount_on_scaffold(old, str_text(&options));
}

int mount_new(const char *type, const char *source, const struct strv *data, uint64_t attributes,
	      const char **ret_option)
{
	struct old_mount old = { type, source, data, attributes };
	autofd int fs = -EBADF;
	int r;

	if (has_long_value(data))
		return errand_run(old_way, &old, false);
	fs = fsopen(type, FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (source && fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return -errno;
	r = configure_all(fs, data, ret_option);
	if (r < 0)
		return r;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	r = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attributes);
	return r < 0 ? -errno : r;
}

/* ---- at once ---- */

static const struct {
	uint64_t attribute;
	unsigned long flag;
} flag_table[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY },	  { MOUNT_ATTR_NOSUID, MS_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV },		  { MOUNT_ATTR_NOEXEC, MS_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME }, { MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	{ MOUNT_ATTR_NOATIME, MS_NOATIME },	  { MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
};

static unsigned long flags_of(uint64_t attributes)
{
	unsigned long all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_table); i++)
		if (attributes & flag_table[i].attribute)
			all |= flag_table[i].flag;
	return all;
}

/* A comma would end a value. */
static bool has_comma(const struct strv *data)
{
	for (size_t i = 0; data && i < data->n; i++)
		if (strchr(data->items[i], ','))
			return true;
	return false;
}

/* The directory is named by being in it: a path would be resolved once more. What fails fails again by steps, which tell
 * the option. */
int mount_new_at(int target, const char *type, const char *source, const struct strv *data, uint64_t attributes,
		 const char **ret_option)
{
	autostr struct str options = STR_INIT;
	autofd int fd = -EBADF;

	join_data(data, &options);
	if (!options.failed && !has_comma(data) && fchdir(target) == 0 &&
	    mount(source, ".", type, flags_of(attributes), options.len ? options.data : NULL) == 0)
		return 0;
	fd = mount_new(type, source, data, attributes, ret_option);
	return fd < 0 ? fd : mount_attach(fd, target);
}

/* A line of /proc/filesystems is "nodev\tproc" or "\text4". */
bool mount_type_has_device(const char *type)
{
	static const char *const without[] = { "proc", "sysfs", "cgroup2", "mqueue", "tmpfs", "devpts", "overlay" };
	autofd int fd = -EBADF;
	autostr struct str text = STR_INIT;
	size_t len = strlen(type);

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (str_eq(type, without[i]))
			return false;
	fd = path_open(AT_FDCWD, "/proc/filesystems", PATH_HOST, O_RDONLY, 0);
	if (fd < 0 || io_read_all(fd, FILESYSTEMS_MAX, &text) < 0)
		return false;
	for (const char *line = str_text(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line[0] == '\t' && strncmp(line + 1, type, len) == 0 && line[1 + len] == '\n')
			return true;
	}
	return false;
}

int mount_clone(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int fd;

	if (!path[0])
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = open_tree(dir, path, flags);
	return fd < 0 ? -errno : fd;
}

static int set_attributes(int fd, struct mount_attr *attr, bool recursive)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return mount_setattr(fd, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return set_attributes(fd, &attr, recursive);
}

int mount_idmap(int fd, int userns, bool recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };

	return set_attributes(fd, &attr, recursive);
}

int mount_set_bind(int fd, const struct mount_options *o)
{
	const uint64_t lockable = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const uint64_t times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	uint64_t clear = o->clear;
	int r = 0;

	/* One word that sets access times settles them all. */
	if ((o->set & MOUNT_ATTR_NODIRATIME) || (o->clear & MOUNT_ATTR__ATIME))
		clear |= times;
	if (o->set || clear) {
		clear |= MOUNT_ATTR_NOSYMFOLLOW;
		r = mount_set(fd, o->set, clear | lockable, 0, false);
		if (r == -EPERM)
			r = mount_set(fd, o->set, clear, 0, false);
	}
	if (r == 0 && (o->set_recursive || o->clear_recursive))
		r = mount_set(fd, o->set_recursive, o->clear_recursive, 0, true);
	return r;
}

int mount_propagate(int fd, const struct mount_options *o)
{
	int r = 0;

	for (size_t i = 0; i < o->propagation.n && r == 0; i++)
		r = mount_set(fd, 0, 0, o->propagation.items[i].kind, o->propagation.items[i].recursive);
	return r;
}

static int look(int fd, const char *path, struct statx *to)
{
	return statx(fd, path, path[0] ? 0 : AT_EMPTY_PATH, STATX_MNT_ID, to) < 0 ? -errno : 0;
}

bool mount_is_root(int fd)
{
	struct statx at;

	return look(fd, "", &at) == 0 && (at.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int reconfigure(int target, const struct mount_options *o, const char **ret_option)
{
	autofd int fs = fspick(target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int r = fs < 0 ? -errno : 0;

	if (r == 0 && (o->set & MOUNT_ATTR_RDONLY))
		r = configure(fs, "ro");
	if (r == 0 && (o->clear & MOUNT_ATTR_RDONLY))
		r = configure(fs, "rw");
	if (r == 0)
		r = configure_all(fs, &o->data, ret_option);
	if (r == 0 && fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}

int mount_remount(int target, const struct mount_options *o, const char **ret_option)
{
	int r;

	if (!mount_is_root(target))
		return -EINVAL;
	r = mount_options_are_bind(o) ? 0 : reconfigure(target, o, ret_option);
	if (r == 0)
		r = mount_set_bind(target, o);
	return r < 0 ? r : mount_propagate(target, o);
}

int mount_attach(int fd, int target)
{
	return move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_attach_at(int fd, int dir, const char *path)
{
	return move_mount(fd, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_detach(int fd)
{
	char path[PATH_FD_LEN];

	return umount2(path_of_fd(fd, path), MNT_DETACH) < 0 ? -errno : 0;
}

int mount_pivot(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	/* The old root lies on top of the new one now. */
	return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
}

int mount_move_root(int root_fd)
{
	if (fchdir(root_fd) < 0)
		return -errno;
	if (chroot(".") < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

/* Locked in a user namespace: then nothing can be seen through an empty file system over it. */
static int detach_or_cover(const char *path)
{
	autofd int empty = -EBADF;
	const char *option;

	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == ENOENT)
		return 0;
	empty = mount_new("tmpfs", "tmpfs", NULL, MOUNT_ATTR_RDONLY, &option);
	return empty < 0 ? empty : mount_attach_at(empty, AT_FDCWD, path);
}

int mount_move_root_alone(int root_fd)
{
	autostr struct str text = STR_INIT;
	struct statx old;
	int r = look(AT_FDCWD, "/", &old);
	char *cursor;

	if (r == 0)
		r = mountinfo_read(&text);
	cursor = text.data;
	for (struct mountinfo m; r == 0 && mountinfo_next(&cursor, &m);)
		if (m.parent == old.stx_mnt_id && strcmp(m.path, "/") != 0)
			r = detach_or_cover(m.path);
	return r < 0 ? r : mount_move_root(root_fd);
}

int mount_propagation_all(uint64_t propagation)
{
	struct mount_attr attr = { .propagation = propagation };

	return mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0 ? -errno : 0;
}
