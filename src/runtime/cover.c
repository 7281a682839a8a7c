/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Masked and read-only paths. A masked file is the null device, a masked directory an empty read-only tmpfs: one for all
 * of them, cloned. What is missing needs no cover.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "linux/mount.h"
#include "runtime/mountpoint.h"

struct cover {
	int null;  /* a device that is certainly /dev/null */
	int empty; /* the first empty tmpfs, attached; later ones are clones of it */
};

/* All regular files have st_rdev 0: the type counts too. */
static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int open_null(const struct container *c, struct err *e)
{
	autofd int fd = c->dev_fd >= 0 ? path_open(c->dev_fd, "null", PATH_OWN, O_PATH, 0) :
					 path_open(c->root_fd, "dev/null", PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return err_sys(e, -fd, "open '/dev/null'");
	if (fstat(fd, &st) < 0 || !is_null(&st))
		return err_set(e, ERR_INVALID, "'/dev/null' of the container is not the null device");
	return take_fd(fd);
}

static int empty_directory(const struct container *c)
{
	autostrv struct strv data = STRV_INIT;
	const char *refused;

	if (strv_add(&data, "nr_blocks=1") < 0 || strv_add(&data, "nr_inodes=1") < 0 || mounts_add_label(c, &data) < 0)
		return -ENOMEM;
	return mount_new("tmpfs", "tmpfs", &data, MOUNT_ATTR_RDONLY, &refused);
}

static int cover_tree(const struct container *c, struct cover *cover, bool directory)
{
	if (!directory)
		return mount_clone(cover->null, "", false);
	return cover->empty >= 0 ? mount_clone(cover->empty, "", false) : empty_directory(c);
}

/* A path may be listed twice, or lie below another one. */
static bool is_covered(const struct cover *cover, const struct stat *st)
{
	struct stat empty;

	if (is_null(st))
		return true;
	return cover->empty >= 0 && fstat(cover->empty, &empty) == 0 && empty.st_dev == st->st_dev;
}

/* Below /proc and /sys by what was attached there, not by a name that may meanwhile lead elsewhere. */
static int open_below(const struct container *c, const char *path)
{
	char clean[PATH_MAX];

	(void)mountpoint_clean(path, clean);
	if (c->proc_mount >= 0 && mountpoint_is_below(clean, "/proc") && !weakened("proc-path"))
		return mountpoint_open(c->proc_mount, clean + strlen("/proc"));
	if (c->sys_mount >= 0 && mountpoint_is_below(clean, "/sys") && !weakened("proc-path"))
		return mountpoint_open(c->sys_mount, clean + strlen("/sys"));
	return mountpoint_open(c->root_fd, path);
}

/* What root of the container may not even look up is out of its reach. */
static int open_path(const struct container *c, const char *path)
{
	int fd = open_below(c, path);

	return fd == -ENOTDIR || fd == -EACCES ? -ENOENT : fd;
}

static int mask(const struct container *c, struct cover *cover, const char *path, struct err *e)
{
	autofd int target = open_path(c, path), tree = -EBADF;
	struct stat st;
	int r;

	if (target == -ENOENT)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(e, target < 0 ? -target : errno, "can't mask path '%s'", path);
	if (is_covered(cover, &st))
		return 0;
	tree = cover_tree(c, cover, S_ISDIR(st.st_mode));
	r = tree < 0 ? tree : mount_attach(tree, target);
	if (r < 0)
		return err_sys(e, -r, "can't mask %s '%s'", S_ISDIR(st.st_mode) ? "dir" : "path", path);
	if (S_ISDIR(st.st_mode) && cover->empty < 0)
		cover->empty = take_fd(tree);
	return 0;
}

/* A clone of it over itself: what is mounted below keeps its own flags, and it the others that it has. */
static int make_read_only(const struct container *c, const char *path, struct err *e)
{
	autofd int target = open_path(c, path), tree = -EBADF;
	int r;

	if (target == -ENOENT)
		return 0;
	tree = target < 0 ? target : mount_clone(target, "", true);
	r = tree < 0 ? tree : mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, false);
	if (r == 0)
		r = mount_attach(tree, target);
	return r < 0 ? err_sys(e, -r, "can't make '%s' read-only", path) : 0;
}

static int mask_all(const struct container *c, struct cover *cover, struct err *e)
{
	const struct strv *paths = &c->spec->linux_->masked_paths;

	if (paths->n == 0)
		return 0;
	cover->null = open_null(c, e);
	if (cover->null < 0)
		return -1;
	for (size_t i = 0; i < paths->n; i++)
		if (mask(c, cover, paths->items[i], e) < 0)
			return -1;
	return 0;
}

int cover_paths(struct container *c, struct err *e)
{
	const struct strv *paths = &c->spec->linux_->readonly_paths;
	struct cover cover = { .null = -EBADF, .empty = -EBADF };
	int r;

	for (size_t i = 0; i < paths->n; i++)
		if (make_read_only(c, paths->items[i], e) < 0)
			return -1;
	r = mask_all(c, &cover, e);
	own_close(&cover.null);
	own_close(&cover.empty);
	return r;
}
