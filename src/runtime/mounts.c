/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Inside the container's mount namespace, before the pivot. Every target is opened once below the new root, by
 * descriptor, and attached to by descriptor: no path of the image is resolved twice, and none against the host.
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

static enum path_policy scope(void)
{
	return weakened("path-scope") ? PATH_HOST : PATH_IN_ROOT;
}

static const char *below(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

/* With hooks the root lies on its path, where they look for it; else it covers "/". */
static int attach_root(const struct container *c)
{
	autofd int target = -EBADF;

	if (!container_has_hooks(c) || c->how->launch)
		return mount_attach_at(c->root_fd, AT_FDCWD, "/");
	target = path_open(AT_FDCWD, c->state.rootfs, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	return target < 0 ? target : mount_attach(c->root_fd, target);
}

int mounts_attach_root(struct container *c, struct err *e)
{
	int r = mount_propagation_all(MS_PRIVATE);

	if (r == 0)
		r = mount_set(c->root_fd, 0, 0, MS_PRIVATE, true);
	if (r == 0)
		r = attach_root(c);
	return r < 0 ? err_sys(e, -r, "attach the root file system '%s'", c->state.rootfs) : 0;
}

/* A target that may have to be made: a directory, or an empty file. */
static int open_directory(const struct container *c, const char *to)
{
	return path_make_dirs(c->root_fd, below(to), scope(), 0755);
}

static int make_file(const struct container *c, const char *to)
{
	autofree char *parent = strdup(below(to));
	char *slash = parent ? strrchr(parent, '/') : NULL;
	autofd int dir = -EBADF, made = -EBADF;
	const char *name = slash ? slash + 1 : below(to);

	if (!parent)
		return -ENOMEM;
	if (slash)
		*slash = '\0';
	dir = path_make_dirs(c->root_fd, slash ? parent : ".", scope(), 0755);
	if (dir < 0)
		return dir;
	made = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (made < 0 && made != -EEXIST)
		return made;
	return path_open(c->root_fd, below(to), scope(), O_PATH, 0);
}

static int open_file(const struct container *c, const char *to)
{
	int fd = path_open(c->root_fd, below(to), scope(), O_PATH, 0);

	return fd == -ENOENT ? make_file(c, to) : fd;
}

/* Attaches a tree of the parent; the target is of the tree's own kind. */
static int attach_tree(const struct container *c, int tree, const char *to, struct err *e)
{
	autofd int target = -EBADF;
	struct stat st;
	int r;

	if (fstat(tree, &st) < 0)
		return err_sys(e, errno, "look at the source of '%s'", to);
	target = S_ISDIR(st.st_mode) ? open_directory(c, to) : open_file(c, to);
	if (target < 0)
		return err_sys(e, -target, "open mount point '%s'", to);
	r = mount_attach(tree, target);
	return r < 0 ? err_sys(e, -r, "attach '%s'", to) : 0;
}

static int finish_propagation(const struct mount_options *o, int fd)
{
	return o->propagation ? mount_set(fd, 0, 0, o->propagation, o->propagation_recursive) : 0;
}

/* One clone a v1 hierarchy below a small tmpfs, or cgroup2 itself. */
static int cgroup_v1_tree(const struct container *c, const char *to, struct err *e)
{
	static const char *const data[] = { "mode=755", "size=64k" };
	autofd int top = -EBADF, target = -EBADF;
	struct strv options = { .items = (char **)(uintptr_t)data, .n = ARRAY_SIZE(data) };
	const char *refused;
	int r;

	top = mount_new("tmpfs", "tmpfs", &options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &refused);
	if (top < 0)
		return err_sys(e, -top, "mount on '%s'", to);
	target = open_directory(c, to);
	r = target < 0 ? target : mount_attach(top, target);
	if (r < 0)
		return err_sys(e, -r, "attach '%s'", to);
	for (size_t i = 0; i < c->cgroups.n; i++) {
		const struct cgroup_hierarchy *h = &c->cgroups.items[i];
		const char *name = strrchr(h->mount, '/') + 1;
		autofd int group = cgroup_open(h, c->state.cgroup), fd = -EBADF;

		fd = group < 0 ? group : mount_clone(group, "", false);
		if (fd < 0)
			return err_sys(e, -fd, "clone cgroup '%s'", h->mount);
		if (mkdirat(top, name, 0755) < 0)
			return err_sys(e, errno, "make '%s/%s'", to, name);
		r = mount_attach_at(fd, top, name);
		if (r < 0)
			return err_sys(e, -r, "attach '%s/%s'", to, name);
	}
	return take_fd(top);
}

static int attach_new(const struct container *c, const struct oci_mount *m, const struct mount_options *o,
		      const char *type, const struct strv *data, struct err *e)
{
	autofd int fd = -EBADF, target = -EBADF;
	const char *refused = NULL, *source = m->source ? m->source : type;
	int r;

	fd = mount_new(type, source, data, o->set, &refused);
	if (fd < 0)
		return err_sys(e, -fd, "mount '%s' on '%s'%s%s", type, m->destination, refused ? ", option " : "",
			       refused ? refused : "");
	target = open_directory(c, m->destination);
	if (target < 0)
		return err_sys(e, -target, "open mount point '%s'", m->destination);
	r = mount_attach(fd, target);
	return r < 0 ? err_sys(e, -r, "attach '%s'", m->destination) : take_fd(fd);
}

static int attach_cgroup(const struct container *c, const struct oci_mount *m, const struct mount_options *o,
			 struct err *e)
{
	bool unified = c->cgroups.n == 1 && c->cgroups.items[0].v2;
	autofd int fd = -EBADF;
	int r;

	if (unified)
		fd = attach_new(c, m, o, "cgroup2", NULL, e);
	else
		fd = cgroup_v1_tree(c, m->destination, e);
	if (fd < 0)
		return -1;
	r = unified ? 0 : mount_set(fd, o->set, 0, 0, true);
	return r < 0 ? err_sys(e, -r, "options of '%s'", m->destination) : 0;
}

static bool is_cgroup(const char *type)
{
	return str_eq(type, "cgroup") || str_eq(type, "cgroup2");
}

static int attach_mount(struct container *c, size_t i, struct err *e)
{
	const struct oci_mount *m = &c->spec->mounts.items[i];
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	const char *type = m->type ? m->type : "none";
	autofd int fd = -EBADF;
	int r;

	if (mount_options_parse(&m->options, &o) < 0)
		return err_nomem(e);
	if (c->mount_fds[i] >= 0)
		return attach_tree(c, c->mount_fds[i], m->destination, e);
	if (m == devices_mount(c->spec))
		return attach_tree(c, c->dev_fd, m->destination, e);
	if (o.copy_up)
		return err_set(e, ERR_UNSUPPORTED, "mounts[%zu].options: tmpcopyup is not supported yet", i);
	if (is_cgroup(type))
		return attach_cgroup(c, m, &o, e);
	fd = attach_new(c, m, &o, type, &o.data, e);
	if (fd < 0)
		return -1;
	r = finish_propagation(&o, fd);
	return r < 0 ? err_sys(e, -r, "propagation of '%s'", m->destination) : 0;
}

int mounts_attach_all(struct container *c, struct err *e)
{
	size_t n_files = c->how->launch ? c->how->launch->files.n : 0;

	if (c->dev_fd >= 0 && !devices_mount(c->spec) && attach_tree(c, c->dev_fd, "/dev", e) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (attach_mount(c, i, e) < 0)
			return -1;
	for (size_t i = 0; i < n_files; i++)
		if (attach_tree(c, c->file_fds[i], c->how->launch->files.items[i].destination, e) < 0)
			return -1;
	return 0;
}

/* ---- covering ---- */

struct cover {
	int null;  /* a device that is certainly /dev/null */
	int empty; /* the first empty tmpfs, attached; later ones are clones of it */
};

static int open_null(const struct container *c, struct err *e)
{
	int fd = c->dev_fd >= 0 ? path_open(c->dev_fd, "null", PATH_OWN, O_PATH, 0) :
				  path_open(c->root_fd, "dev/null", PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return err_sys(e, -fd, "open '/dev/null'");
	/* All regular files have st_rdev 0: the type counts too. */
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		(void)close(fd);
		return err_set(e, ERR_INVALID, "'/dev/null' of the container is not the null device");
	}
	return fd;
}

static int cover_tree(struct cover *cover, bool directory)
{
	const char *refused;

	if (!directory)
		return mount_clone(cover->null, "", false);
	if (cover->empty >= 0)
		return mount_clone(cover->empty, "", false);
	return mount_new("tmpfs", "tmpfs", NULL, MOUNT_ATTR_RDONLY, &refused);
}

static int mask(const struct container *c, struct cover *cover, const char *path, struct err *e)
{
	autofd int target = path_open(c->root_fd, below(path), scope(), O_PATH, 0), tree = -EBADF;
	struct stat st;
	int r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(e, target < 0 ? -target : errno, "open masked path '%s'", path);
	tree = cover_tree(cover, S_ISDIR(st.st_mode));
	r = tree < 0 ? tree : mount_attach(tree, target);
	if (r < 0)
		return err_sys(e, -r, "mask '%s'", path);
	if (S_ISDIR(st.st_mode) && cover->empty < 0)
		cover->empty = take_fd(tree);
	return 0;
}

static int make_read_only(const struct container *c, const char *path, struct err *e)
{
	autofd int target = path_open(c->root_fd, below(path), scope(), O_PATH, 0), tree = -EBADF;
	int r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return err_sys(e, -target, "open read-only path '%s'", path);
	tree = mount_clone(target, "", true);
	r = tree < 0 ? tree : mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, true);
	if (r == 0)
		r = mount_attach(tree, target);
	return r < 0 ? err_sys(e, -r, "make '%s' read-only", path) : 0;
}

int mounts_cover(struct container *c, struct err *e)
{
	const struct oci_linux *l = c->spec->linux_;
	struct cover cover = { .null = -EBADF, .empty = -EBADF };
	int r = 0;

	for (size_t i = 0; i < l->readonly_paths.n && r == 0; i++)
		r = make_read_only(c, l->readonly_paths.items[i], e);
	if (r == 0 && l->masked_paths.n > 0)
		r = cover.null = open_null(c, e);
	for (size_t i = 0; i < l->masked_paths.n && r >= 0; i++)
		r = mask(c, &cover, l->masked_paths.items[i], e);
	own_close(&cover.null);
	own_close(&cover.empty);
	return r < 0 ? -1 : 0;
}

static int root_propagation(const struct container *c, struct err *e)
{
	const char *word = c->spec->linux_->rootfs_propagation;
	struct strv words = { .items = (char *[]){ (char *)(uintptr_t)word, NULL }, .n = 1 };
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	int r;

	if (!word || !word[0])
		return 0;
	if (mount_options_parse(&words, &o) < 0)
		return err_nomem(e);
	if (!o.propagation)
		return err_set(e, ERR_INVALID, "linux.rootfsPropagation: '%.30s' is not known", word);
	r = finish_propagation(&o, c->root_fd);
	return r < 0 ? err_sys(e, -r, "linux.rootfsPropagation") : 0;
}

int mounts_finish(struct container *c, struct err *e)
{
	int r = 0;

	if (c->spec->root->readonly)
		r = mount_set(c->root_fd, MOUNT_ATTR_RDONLY, 0, 0, false);
	if (r < 0)
		return err_sys(e, -r, "make the root read-only");
	if (fchdir(c->root_fd) < 0)
		return err_sys(e, errno, "enter the root");
	r = c->how->no_pivot ? mount_move_root(c->root_fd) : mount_pivot();
	if (r < 0)
		return err_sys(e, -r, "pivot to the root");
	return root_propagation(c, e);
}
