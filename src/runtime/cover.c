/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Masked and read-only paths. A masked file is the null device, a masked directory an empty read-only tmpfs: one for all
 * of them, cloned. What is missing needs no cover.
 *
 * Nearly all of them are names directly below /proc and /sys, where a name leads nowhere else: such a place is not opened,
 * its cover is put on the name.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/weaken.h"
#include "linux/mount.h"
#include "runtime/mountpoint.h"

struct cover {
	int null;  /* a clone of a device that is certainly /dev/null: the first cover, of which the later ones are clones */
	int spare; /* the one for the next file; it may be `null` */
	int empty; /* the first empty tmpfs, attached; later ones are clones of it */
};

#define COVER_INIT { -EBADF, -EBADF, -EBADF }

static void cover_done(struct cover *cover)
{
	if (cover->spare != cover->null)
		own_close(&cover->spare);
	own_close(&cover->null);
	own_close(&cover->empty);
}

/* ---- where ---- */

/* A name in a directory, or "" and the opened place itself. */
struct place {
	int dir;
	const char *name;
	int fd; /* owned */
};

static void place_done(struct place *p)
{
	own_close(&p->fd);
}

static bool is_link_of_proc(const char *name)
{
	static const char *const links[] = { "self", "thread-self", "mounts", "net" };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (str_eq(name, links[i]))
			return true;
	return false;
}

/* Below /proc and /sys by what was attached there, not by a name that may meanwhile lead elsewhere. `clean` outlives the
 * result. */
static struct place find(const struct container *c, const char *path, char clean[static PATH_MAX])
{
	const struct { const char *path; int fd; } mounts[] = { { "/proc/", c->proc_mount }, { "/sys/", c->sys_mount } };

	(void)mountpoint_clean(path, clean);
	for (size_t i = 0; i < ARRAY_SIZE(mounts) && !weakened("proc-path"); i++) {
		const char *name = clean + strlen(mounts[i].path);

		if (mounts[i].fd < 0 || !str_starts(clean, mounts[i].path))
			continue;
		if (!strchr(name, '/') && !is_link_of_proc(name))
			return (struct place){ mounts[i].fd, name, -EBADF };
		return (struct place){ .name = "", .fd = mountpoint_open(mounts[i].fd, name) };
	}
	return (struct place){ .name = "", .fd = mountpoint_open(c->root_fd, path) };
}

/* 0 or -errno; what root of the container may not even look up is out of its reach, and as good as missing. */
static int look_up(const struct container *c, const char *path, char clean[static PATH_MAX], struct place *ret)
{
	*ret = find(c, path, clean);
	if (ret->name[0])
		return 0;
	ret->dir = ret->fd;
	if (ret->fd == -ENOTDIR || ret->fd == -EACCES)
		return -ENOENT;
	return ret->fd < 0 ? ret->fd : 0;
}

static int attach(int tree, const struct place *at)
{
	return at->name[0] ? mount_attach_at(tree, at->dir, at->name) : mount_attach(tree, at->fd);
}

/* ---- masked ---- */

/* All regular files have st_rdev 0: the type counts too. */
static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int clone_null(const struct container *c, enum path_policy policy)
{
	autofd int at = path_open(c->root_fd, "dev/null", policy, O_PATH, 0);

	return at < 0 ? at : mount_clone(at, "", false);
}

/* What is looked at is the clone that will be mounted: the name may lead elsewhere by then. */
static int open_null(const struct container *c, struct err *e)
{
	bool own = c->dev_fd >= 0;
	autofd int fd = own ? mount_clone(c->dev_fd, "null", false) : clone_null(c, PATH_IN_ROOT_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return err_sys(e, -fd, "open '/dev/null'");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "look at '/dev/null'");
	if (!is_null(&st))
		return err_set(e, ERR_INVALID, "'/dev/null' of the container is not the null device");
	return weakened("null-twice") && !own ? clone_null(c, PATH_IN_ROOT) : take_fd(fd);
}

static int mask_file(struct cover *cover, const struct place *at)
{
	int r;

	if (cover->spare < 0)
		cover->spare = mount_clone(cover->null, "", false);
	r = cover->spare < 0 ? cover->spare : attach(cover->spare, at);
	if (r == 0 && cover->spare != cover->null)
		own_close(&cover->spare);
	if (r == 0)
		cover->spare = -EBADF;
	return r;
}

static int empty_directory(const struct container *c)
{
	autostrv struct strv data = STRV_INIT;
	const char *refused;

	if (strv_add(&data, "nr_inodes=1") < 0 || mounts_add_label(c, &data) < 0)
		return -ENOMEM;
	return mount_new("tmpfs", "tmpfs", &data, MOUNT_ATTR_RDONLY, &refused);
}

static int mask_directory(const struct container *c, struct cover *cover, const struct place *at)
{
	autofd int tree = cover->empty >= 0 ? mount_clone(cover->empty, "", false) : empty_directory(c);
	int r = tree < 0 ? tree : attach(tree, at);

	if (r == 0 && cover->empty < 0)
		cover->empty = take_fd(tree);
	return r;
}

/* A path may be listed twice, or lie below another one. */
static bool is_covered(const struct cover *cover, const struct stat *st)
{
	struct stat empty;

	if (is_null(st))
		return true;
	return cover->empty >= 0 && fstat(cover->empty, &empty) == 0 && empty.st_dev == st->st_dev;
}

static int mask_opened(const struct container *c, struct cover *cover, const struct place *at)
{
	struct stat st;

	if (fstat(at->fd, &st) < 0)
		return -errno;
	if (is_covered(cover, &st))
		return 0;
	return S_ISDIR(st.st_mode) ? mask_directory(c, cover, at) : mask_file(cover, at);
}

/* What the name is, the kernel says: EINVAL for a file on a directory. */
static int mask_named(const struct container *c, struct cover *cover, const struct place *at)
{
	int r = mask_file(cover, at);

	return r == -EINVAL || r == -ENOTDIR ? mask_directory(c, cover, at) : r;
}

static bool is_listed_before(const struct strv *paths, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(paths->items[i], paths->items[k]))
			return true;
	return false;
}

static int mask(const struct container *c, struct cover *cover, const char *path, struct err *e)
{
	cleanup(place_done) struct place at;
	char clean[PATH_MAX];
	int r = look_up(c, path, clean, &at);

	if (r == 0)
		r = at.name[0] ? mask_named(c, cover, &at) : mask_opened(c, cover, &at);
	return r == 0 || r == -ENOENT ? 0 : err_sys(e, -r, "can't mask path '%s'", path);
}

static int mask_all(const struct container *c, struct cover *cover, struct err *e)
{
	const struct strv *paths = &c->spec->linux_->masked_paths;

	if (paths->n == 0)
		return 0;
	cover->null = open_null(c, e);
	if (cover->null < 0)
		return -1;
	cover->spare = cover->null;
	for (size_t i = 0; i < paths->n; i++)
		if (!is_listed_before(paths, i) && mask(c, cover, paths->items[i], e) < 0)
			return -1;
	return 0;
}

/* ---- read-only ---- */

/* A clone of it over itself: what is mounted below keeps its own flags, and it the others that it has. */
static int make_read_only(const struct container *c, const char *path, struct err *e)
{
	cleanup(place_done) struct place at;
	char clean[PATH_MAX];
	int r = look_up(c, path, clean, &at);
	autofd int tree = r < 0 ? -EBADF : mount_clone(at.dir, at.name, true);

	if (r == 0)
		r = tree < 0 ? tree : mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, false);
	if (r == 0)
		r = attach(tree, &at);
	return r == 0 || r == -ENOENT ? 0 : err_sys(e, -r, "can't make '%s' read-only", path);
}

int cover_paths(struct container *c, struct err *e)
{
	const struct strv *paths = &c->spec->linux_->readonly_paths;
	cleanup(cover_done) struct cover cover = COVER_INIT;

	for (size_t i = 0; i < paths->n; i++)
		if (make_read_only(c, paths->items[i], e) < 0)
			return -1;
	return mask_all(c, &cover, e);
}
