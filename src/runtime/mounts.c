/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Inside the container's mount namespace, before the pivot, in the order of the spec. Every target is opened once below
 * the new root, by descriptor, and attached to by descriptor: no path of the image is resolved twice, and none against
 * the host.
 *
 * A container without a mount namespace of its own gets its root all the same: the tree is built in a mount namespace
 * that nobody keeps, and a detached clone of it becomes the root by chroot. So nothing appears among the mounts of the
 * namespace that the container is in, and nothing has to be unmounted at its end.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/copy.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "runtime/annotations.h"
#include "runtime/mountpoint.h"

int mounts_add_label(const struct container *c, struct strv *data)
{
	const char *kind = annotation_get(c->spec, ANNOTATION_MOUNT_CONTEXT);

	return c->label ? strv_addf(data, "%s=%s", kind ? kind : "context", c->label) : 0;
}

/* With hooks the root lies on its path, where they look for it; else it covers "/". */
static int attach_root(const struct container *c)
{
	autofd int target = -EBADF;

	if (!container_has_hooks(c) || c->how->launch)
		return mount_attach_at(c->root_fd, AT_FDCWD, "/");
	if (c->place_fd >= 0)
		return mount_attach(c->root_fd, c->place_fd);
	target = path_open(AT_FDCWD, c->state.rootfs, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	return target < 0 ? target : mount_attach(c->root_fd, target);
}

int mounts_attach_root(struct container *c, struct err *e)
{
	int r = mount_propagation_all(MS_SLAVE);

	/* Every mode is said where something is made. */
	(void)umask(0);
	if (r == 0 && c->nodes_fd >= 0)
		r = mount_attach_at(c->nodes_fd, AT_FDCWD, "/");
	if (r == 0)
		r = attach_root(c);
	return r < 0 ? err_sys(e, -r, "attach the root file system '%s'", c->state.rootfs) : 0;
}

/* ---- attaching one tree ---- */

/* What is mounted over the root becomes the root, and what is covered in /proc and /sys is found in what was mounted
 * there, also if the root is shared with somebody who exchanges its directories. NULL: nobody asks for it again. */
static int *place_of(struct container *c, const struct oci_mount *m)
{
	char clean[PATH_MAX];

	(void)mountpoint_clean(m->destination, clean);
	return str_eq(clean, "/")     ? &c->root_fd :
	       str_eq(clean, "/proc") ? &c->proc_mount :
	       str_eq(clean, "/sys")  ? &c->sys_mount :
					NULL;
}

static void keep(int *place, int tree)
{
	own_close(place);
	*place = tree;
}

static int attach_error(const struct oci_mount *m, int tree, int target, int error, struct err *e)
{
	struct stat what, where;

	if (fstat(tree, &what) == 0 && fstat(target, &where) == 0 && S_ISDIR(what.st_mode) != S_ISDIR(where.st_mode))
		return err_set(e, ERR_INVALID, "mount '%s' on '%s': the first is %s, the second is %s", m->source, m->destination,
			       S_ISDIR(what.st_mode) ? "a directory" : "not a directory",
			       S_ISDIR(where.st_mode) ? "one" : "not");
	return err_sys(e, error, "attach '%s'", m->destination);
}

/* A tree that the container's arrays own. */
static int attach_at(struct container *c, const struct oci_mount *m, int tree, int target, struct err *e)
{
	int r = mount_attach(tree, target), *place = place_of(c, m), copy = -EBADF;

	if (r < 0)
		return attach_error(m, tree, target, -r, e);
	if (!place)
		return 0;
	copy = fcntl(tree, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return err_sys(e, errno, "keep '%s'", m->destination);
	keep(place, copy);
	return 0;
}

static int attach_tree(struct container *c, const struct oci_mount *m, const struct mount_options *o, int tree,
		       struct err *e)
{
	bool made;
	autofd int target = mountpoint_open_for(c, m, o, tree, &made, e);

	return target < 0 ? -1 : attach_at(c, m, tree, target, e);
}

/* Read-only when all mounts stand: until then mount points may have to be made on it. */
static int make_read_only_late(struct container *c, int fd, struct err *e)
{
	int *late = vec_add(&c->late);

	if (!late)
		return err_nomem(e);
	*late = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *late < 0 ? err_sys(e, errno, "keep a mount") : 0;
}

/* ---- binds ---- */

/* copy-symlink: the link itself appears at the destination; the same link may be there already. */
static int copy_link(const struct container *c, const struct oci_mount *m, int link, struct err *e)
{
	char text[PATH_MAX] = "", there[PATH_MAX] = "", clean[PATH_MAX], *name;
	autofd int parent = -EBADF;
	bool made;

	if (readlinkat(link, "", text, sizeof(text) - 1) < 0)
		return err_sys(e, errno, "read the link '%s'", m->source);
	(void)mountpoint_clean(m->destination, clean);
	name = strrchr(clean, '/') + 1;
	name[-1] = '\0';
	parent = mountpoint_make(c->root_fd, clean, true, &made);
	if (parent < 0)
		return err_sys(e, -parent, "make the directory of '%s'", m->destination);
	if (symlinkat(text, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, errno, "make the link '%s'", m->destination);
	if (readlinkat(parent, name, there, sizeof(there) - 1) < 0 || !str_eq(text, there))
		return err_set(e, ERR_CONFLICT, "symlink '%.200s' already exists with a different content", m->destination);
	return 0;
}

/* Made by the parent, or now. */
static int attach_bind(struct container *c, size_t i, const struct mount_options *o, struct err *e)
{
	const struct oci_mount *m = &c->spec->mounts.items[i];
	int given = c->mount_fds[i];
	struct stat st;

	if (given < 0)
		given = c->mount_fds[i] = bind_open(c, m, o, e);
	if (given < 0)
		return -1;
	if (fstat(given, &st) < 0)
		return err_sys(e, errno, "look at the source of '%s'", m->destination);
	return S_ISLNK(st.st_mode) && o->copy_symlink ? copy_link(c, m, given, e) : attach_tree(c, m, o, given, e);
}

/* Where the container has the host's user namespace it may map ids itself. */
static int map_inside(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int tree,
		      struct err *e)
{
	autofd int userns = -EBADF;
	int r;

	if (!m->uid_mappings.n && !m->gid_mappings.n && !o->idmap && !o->idmap_recursive)
		return 0;
	userns = bind_userns(c, m, o, e);
	if (userns < 0)
		return -1;
	r = mount_idmap(tree, userns, o->idmap_recursive);
	return r < 0 ? err_sys(e, -r, "idmap '%s' of the container's own root", m->source) : 0;
}

/* A source in our own root, as it is now. */
static int attach_own(struct container *c, const struct oci_mount *m, const struct mount_options *o, const char *source,
		      struct err *e)
{
	autofd int at = mountpoint_open(c->root_fd, source), tree = -EBADF;
	int r;

	if (at < 0)
		return err_sys(e, -at, "mount '%s' on '%s'", m->source, m->destination);
	tree = mount_clone(at, "", o->bind_recursive || !o->bind);
	if (tree < 0)
		return err_sys(e, -tree, "clone '%s'", m->source);
	if (map_inside(c, m, o, tree, e) < 0)
		return -1;
	r = mount_set_bind(tree, o);
	if (r == 0)
		r = mount_propagate(tree, o);
	return r < 0 ? err_sys(e, -r, "options of '%s'", m->destination) : attach_tree(c, m, o, tree, e);
}

/* ---- new file systems ---- */

/* In a user namespace without a network namespace of its own there is no new sysfs: the host's, as it is seen here, if it
 * is to be read-only (crun). */
static int borrow_sysfs(const struct mount_options *o)
{
	autofd int fd = mount_clone(AT_FDCWD, "/sys", true);
	int r = fd < 0 ? fd : mount_set(fd, o->set & ~(uint64_t)MOUNT_ATTR__ATIME, 0, MS_SLAVE, true);

	return r < 0 ? r : take_fd(fd);
}

/* ... and without the host's cgroups on it, unless the spec mounts the container's own there. */
static int hide_cgroups(const struct container *c, const struct oci_mount *m, int sysfs, struct err *e)
{
	autofd int target = path_open(sysfs, "fs/cgroup", PATH_OWN, O_PATH | O_DIRECTORY, 0), empty = -EBADF;
	autofree char *path = str_format("%s/fs/cgroup", m->destination);
	const char *refused;
	int r;

	for (size_t i = 0; path && i < c->spec->mounts.n; i++)
		if (mountpoint_is(c->spec->mounts.items[i].destination, path))
			return 0;
	if (target == -ENOENT)
		return 0;
	empty = mount_new("tmpfs", "tmpfs", NULL, MOUNT_ATTR_RDONLY, &refused);
	r = target < 0 ? target : empty < 0 ? empty : mount_attach(empty, target);
	return r < 0 ? err_sys(e, -r, "hide the cgroups of '%s'", m->destination) : 0;
}

/* A tmpfs over a directory has that directory's mode. */
static int complete_data(const struct container *c, const char *type, int target, bool made, struct mount_options *o)
{
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue", "cgroup2" };
	struct stat st;

	o->set |= o->set_recursive;
	o->clear |= o->clear_recursive;
	if (str_eq(type, "tmpfs") && !made && !mountpoint_has_mode(&o->data) && fstat(target, &st) == 0 &&
	    strv_addf(&o->data, "mode=%o", st.st_mode & 07777) < 0)
		return -ENOMEM;
	if ((o->set & MOUNT_ATTR_RDONLY) && mount_type_has_device(type) && strv_add(&o->data, "ro") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(unlabelled); i++)
		if (str_eq(type, unlabelled[i]))
			return 0;
	return mounts_add_label(c, &o->data);
}

static int not_mounted(const struct oci_mount *m, const char *type, int number, const char *refused, struct err *e)
{
	return err_sys(e, number, "mount '%s' on '%s'%s%s", type, m->destination, refused ? ", option " : "",
		       refused ? refused : "");
}

/* Most are mounted and never looked at again. */
static bool is_simple(const struct container *c, const struct mount_options *o, const char *type)
{
	bool late = str_eq(type, "tmpfs") && (o->set & MOUNT_ATTR_RDONLY), labelled = str_eq(type, "mqueue") && c->label;

	return !late && !labelled && !o->copy_up && o->propagation.n == 0;
}

static int new_file_system(const struct oci_mount *m, const struct mount_options *o, const char *type, bool late,
			   bool *ret_borrowed, struct err *e)
{
	uint64_t attributes = late ? o->set & ~(uint64_t)MOUNT_ATTR_RDONLY : o->set;
	const char *refused = NULL;
	int fd = mount_new(type, m->source ? m->source : type, &o->data, attributes, &refused);

	*ret_borrowed = fd == -EPERM && str_eq(type, "sysfs") && (o->set & MOUNT_ATTR_RDONLY);
	if (*ret_borrowed)
		fd = borrow_sysfs(o);
	return fd < 0 ? not_mounted(m, type, -fd, refused, e) : fd;
}

static int copy_up(const struct oci_mount *m, int from, int to, struct err *e)
{
	autofd int source = path_open(from, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

	if (source < 0)
		return err_sys(e, -source, "tmpcopyup: open '%s'", m->destination);
	return copy_tree(source, to, e) < 0 ? err_prefix(e, "tmpcopyup of '%s'", m->destination) : 0;
}

/* mqueue takes no context option: its root is labelled. */
static void label_mqueue(const struct container *c, const char *type, int fd)
{
	char path[PATH_FD_LEN];

	if (c->label && str_eq(type, "mqueue"))
		(void)setxattr(path_of_fd(fd, path), "security.selinux", c->label, strlen(c->label), 0);
}

/* By steps: it is filled before it appears, or asked for again. */
static int attach_built(struct container *c, const struct oci_mount *m, const struct mount_options *o, const char *type,
			int target, int *place, struct err *e)
{
	bool borrowed = false, late = str_eq(type, "tmpfs");
	autofd int fd = new_file_system(m, o, type, late, &borrowed, e);
	int r;

	if (fd < 0 || (o->copy_up && copy_up(m, target, fd, e) < 0))
		return -1;
	label_mqueue(c, type, fd);
	r = mount_attach(fd, target);
	if (r < 0)
		return err_sys(e, -r, "attach '%s'", m->destination);
	if (borrowed && hide_cgroups(c, m, fd, e) < 0)
		return -1;
	r = mount_propagate(fd, o);
	if (r < 0)
		return err_sys(e, -r, "propagation of '%s'", m->destination);
	if (late && (o->set & MOUNT_ATTR_RDONLY) && make_read_only_late(c, fd, e) < 0)
		return -1;
	if (place)
		keep(place, take_fd(fd));
	return 0;
}

static int attach_new(struct container *c, const struct oci_mount *m, struct mount_options *o, const char *type,
		      struct err *e)
{
	bool made = false;
	autofd int target = mountpoint_open_for(c, m, o, -EBADF, &made, e);
	const char *refused = NULL;
	int r, *place = place_of(c, m);

	if (target < 0)
		return -1;
	if (o->copy_up && !str_eq(type, "tmpfs"))
		return err_set(e, ERR_INVALID, "mount on '%s': tmpcopyup can be used only with tmpfs", m->destination);
	if (complete_data(c, type, target, made, o) < 0)
		return err_nomem(e);
	if (place || !is_simple(c, o, type))
		return attach_built(c, m, o, type, target, place, e);
	r = mount_new_at(target, type, m->source ? m->source : type, &o->data, o->set, &refused);
	return r < 0 ? not_mounted(m, type, -r, refused, e) : 0;
}

/* Mounts are listed in the order in which they were made (since 6.8): one that the parent has made is made again, by a clone.
 * Only an attached mount can be cloned. */
static int renew(int *tree, int target)
{
	autofd int clone = -EBADF;
	int r = mount_attach(*tree, target);

	if (r == 0)
		r = clone = mount_clone(*tree, "", false);
	if (r >= 0)
		r = mount_detach(*tree);
	if (r < 0)
		return r;
	own_close(tree);
	*tree = take_fd(clone);
	return 0;
}

/* Our own /dev, made here or by the parent. Nobody has promised an order of the engine's own containers. */
static int attach_dev(struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	bool made = false, given = c->dev_fd >= 0;
	autofd int target = -EBADF;
	int r;

	if (!given && devices_make(c, e) < 0)
		return -1;
	target = mountpoint_open_for(c, m, o, c->dev_fd, &made, e);
	if (target < 0)
		return -1;
	r = given && !c->how->launch ? renew(&c->dev_fd, target) : 0;
	if (r < 0)
		return err_sys(e, -r, "renew '%s'", m->destination);
	if ((o->copy_up && copy_up(m, target, c->dev_fd, e) < 0) || attach_at(c, m, c->dev_fd, target, e) < 0)
		return -1;
	r = mount_propagate(c->dev_fd, o);
	if (r < 0)
		return err_sys(e, -r, "propagation of '%s'", m->destination);
	return (o->set | o->set_recursive) & MOUNT_ATTR_RDONLY ? make_read_only_late(c, c->dev_fd, e) : 0;
}

static int remount(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	autofd int target = mountpoint_open(c->root_fd, m->destination);
	const char *refused = NULL;
	int r = target < 0 ? target : mount_remount(target, o, &refused);

	return r < 0 ? err_sys(e, -r, "remount '%s'%s%s", m->destination, refused ? ", option " : "",
			       refused ? refused : "") : 0;
}

/* ---- the list ---- */

static int attach_mount(struct container *c, size_t i, struct err *e)
{
	const struct oci_mount *m = &c->spec->mounts.items[i];
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	const char *own;

	if (mount_options_parse(&m->options, &o) < 0)
		return err_nomem(e);
	own = bind_is(m, &o) ? bind_source_in_root(c, m) : NULL;
	if (own)
		return attach_own(c, m, &o, own, e);
	if (bind_is(m, &o))
		return attach_bind(c, i, &o, e);
	if (o.remount)
		return remount(c, m, &o, e);
	if (m == devices_mount(c->spec))
		return attach_dev(c, m, &o, e);
	if (!m->type)
		return err_set(e, ERR_INVALID, "'%s' has no type and is not a bind mount", m->destination);
	if (str_eq(m->type, "cgroup"))
		return cgroup_mount(c, m, &o, e);
	return attach_new(c, m, &o, m->type, e);
}

int mounts_attach_all(struct container *c, struct err *e)
{
	const struct oci_mount dev = { .destination = (char *)(uintptr_t)"/dev" };
	const struct mount_options none = { .set = 0 };
	size_t n_files = c->how->launch ? c->how->launch->files.n : 0;

	if (c->guest && !devices_mount(c->spec) && devices_make(c, e) < 0)
		return -1;
	if (c->dev_fd >= 0 && !devices_mount(c->spec) && attach_tree(c, &dev, &none, c->dev_fd, e) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (attach_mount(c, i, e) < 0)
			return c->how->launch ? -1 : err_prefix(e, "mounts[%zu]", i); /* the document is not the user's */
	for (size_t i = 0; i < n_files; i++) {
		const struct oci_mount file = { .destination = c->how->launch->files.items[i].destination };

		if (attach_tree(c, &file, &none, c->file_fds[i], e) < 0)
			return -1;
	}
	return devices_attach(c, e);
}

/* ---- the end ---- */

static int set_read_only(struct container *c, struct err *e)
{
	int r = c->spec->root->readonly ? mount_set(c->root_fd, MOUNT_ATTR_RDONLY, 0, 0, false) : 0;

	for (size_t i = 0; i < c->late.n && r == 0; i++)
		r = mount_set(c->late.items[i], MOUNT_ATTR_RDONLY, 0, 0, false);
	for (size_t i = 0; i < c->late.n; i++)
		own_close(&c->late.items[i]);
	free(take_ptr(c->late.items));
	c->late.n = 0;
	return r < 0 ? err_sys(e, -r, "make the root read-only") : 0;
}

static int propagate_root(const struct container *c, struct err *e)
{
	const char *word = c->spec->linux_->rootfs_propagation;
	const struct strv words = { .items = (char *[]){ (char *)(uintptr_t)word, NULL }, .n = 1 };
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	int r;

	/* A slave or private one is that already, and may have parts that are not. */
	if (!word || !word[0] || str_ends(word, "slave") || str_ends(word, "private"))
		return 0;
	if (mount_options_parse(&words, &o) < 0)
		return err_nomem(e);
	r = mount_propagate(c->root_fd, &o);
	return r < 0 ? err_sys(e, -r, "linux.rootfsPropagation") : 0;
}

static int leave_old_root(const struct container *c)
{
	if (fchdir(c->root_fd) < 0)
		return -errno;
	return c->how->no_pivot ? mount_move_root_alone(c->root_fd) : mount_pivot();
}

int mounts_finish(struct container *c, struct err *e)
{
	int r;

	if (set_read_only(c, e) < 0)
		return -1;
	if (!c->new_ns[OCI_NS_MOUNT]) {
		c->tree_fd = mount_clone(c->root_fd, "", true);
		return c->tree_fd < 0 ? err_sys(e, -c->tree_fd, "clone the finished root") : 0;
	}
	r = leave_old_root(c);
	return r < 0 ? err_sys(e, -r, "pivot to the root") : propagate_root(c, e);
}

int mounts_enter(struct container *c, struct err *e)
{
	int r = c->join[OCI_NS_MOUNT] >= 0 ? ns_enter(c->join[OCI_NS_MOUNT], NS_MNT) : 0;

	if (r < 0)
		return err_sys(e, -r, "join the mount namespace");
	r = mount_move_root(c->tree_fd);

	return r < 0 ? err_sys(e, -r, "enter the root") : 0;
}
