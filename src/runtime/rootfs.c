/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The parent's part of the root file system: everything that needs the initial user namespace or the caller's view of
 * paths. Each tree is cloned from a descriptor, changed while it is detached, and handed to the first process.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/overlay.h"

uint32_t container_root_uid(const struct container *c)
{
	uint32_t uid = 0;

	(void)userns_outside(&c->uids, 0, &uid);
	return uid;
}

uint32_t container_root_gid(const struct container *c)
{
	uint32_t gid = 0;

	(void)userns_outside(&c->gids, 0, &gid);
	return gid;
}

/* The overlay of a launch record; the root is made read-only at the end, when the mount points in it exist. */
static int make_overlay(struct container *c, struct err *e)
{
	const struct launch_rootfs *r = &c->how->launch->rootfs;
	const struct overlay overlay = {
		.layers = (const char *const *)r->layers.items,
		.n_layers = r->layers.n,
		.state = r->state,
		.userns = c->userns,
		.uid = container_root_uid(c),
		.gid = container_root_gid(c),
		.volatile_ = r->volatile_,
	};

	c->root_fd = overlay_make(&overlay, e);
	return c->root_fd < 0 ? -1 : 0;
}

/* A plain bundle's rootfs, relative to the bundle; itself it may be a link, as runc allows. */
static int clone_bundle_root(struct container *c, struct err *e)
{
	const char *path = c->spec->root->path;
	autofd int bundle = path_open(AT_FDCWD, c->how->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0), at = -EBADF;

	if (bundle < 0)
		return err_sys(e, -bundle, "open bundle '%s'", c->how->bundle);
	at = path_open(bundle, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (at < 0)
		return err_sys(e, -at, "open root.path '%s'", path);
	c->root_fd = mount_clone(at, "", true);
	return c->root_fd < 0 ? err_sys(e, -c->root_fd, "clone root.path '%s'", path) : 0;
}

/* A mount's own maps, or the container's in a launch. */
static int mount_userns(const struct container *c, const struct oci_mount *m, struct err *e)
{
	struct userns_map uids = { .n = m->uid_mappings.n }, gids = { .n = m->gid_mappings.n };
	int fd;

	_Static_assert(sizeof(struct userns_extent) == sizeof(struct oci_id_map), "one shape");
	uids.extents = (const struct userns_extent *)m->uid_mappings.items;
	gids.extents = (const struct userns_extent *)m->gid_mappings.items;
	if (uids.n == 0 && gids.n == 0)
		return c->userns >= 0 ? fcntl(c->userns, F_DUPFD_CLOEXEC, 0) :
					err_set(e, ERR_INVALID, "idmap of '%s' without mappings", m->destination);
	fd = userns_make(&uids, &gids);
	return fd < 0 ? err_sys(e, -fd, "mappings of '%s'", m->destination) : fd;
}

static int idmap_bind(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int fd,
		      struct err *e)
{
	bool own = m->uid_mappings.n > 0 || o->idmap || o->idmap_recursive;
	bool implied = c->how->launch && container_has_userns(c);
	autofd int userns = -EBADF;
	int r;

	if (!own && !implied)
		return 0;
	userns = mount_userns(c, m, e);
	if (userns < 0)
		return -1;
	r = mount_idmap(fd, userns, o->idmap_recursive || implied);
	if (r == -EINVAL || r == -EPERM)
		return err_set(e, ERR_UNSUPPORTED, "the file system of '%s' has no idmapped mounts", m->source);
	return r < 0 ? err_sys(e, -r, "idmap '%s'", m->source) : 0;
}

static int apply_options(const struct mount_options *o, int fd)
{
	int r = 0;

	if (o->set_recursive || o->clear_recursive)
		r = mount_set(fd, o->set_recursive, o->clear_recursive, 0, true);
	if (r == 0 && (o->set || o->clear))
		r = mount_set(fd, o->set, o->clear, 0, false);
	return r;
}

static int clone_bind(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	autofd int bundle = path_open(AT_FDCWD, c->how->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autofd int at = -EBADF, fd = -EBADF;
	int r;

	if (!m->source)
		return err_set(e, ERR_INVALID, "mount on '%s': a bind mount needs a source", m->destination);
	if (bundle < 0)
		return err_sys(e, -bundle, "open bundle '%s'", c->how->bundle);
	at = path_open(bundle, m->source, PATH_HOST_MAGIC, O_PATH, 0);
	if (at < 0)
		return err_sys(e, -at, "mount '%s' on '%s'", m->source, m->destination);
	fd = mount_clone(at, "", o->bind_recursive || !o->bind);
	if (fd < 0)
		return err_sys(e, -fd, "clone '%s'", m->source);
	if (idmap_bind(c, m, o, fd, e) < 0)
		return -1;
	r = apply_options(o, fd);
	return r < 0 ? err_sys(e, -r, "options of '%s'", m->destination) : take_fd(fd);
}

static bool is_bind(const struct oci_mount *m, const struct mount_options *o)
{
	return o->bind || o->bind_recursive || (m->type && str_eq(m->type, "bind"));
}

static int prepare_mount(struct container *c, size_t i, struct err *e)
{
	const struct oci_mount *m = &c->spec->mounts.items[i];
	cleanup(mount_options_done) struct mount_options options = { .set = 0 };

	if (mount_options_parse(&m->options, &options) < 0)
		return err_nomem(e);
	if (!is_bind(m, &options))
		return 0;
	c->mount_fds[i] = clone_bind(c, m, &options, e);
	return c->mount_fds[i] < 0 ? -1 : 0;
}

static int prepare_file(struct container *c, size_t i, struct err *e)
{
	const struct launch_file *f = &c->how->launch->files.items[i];
	autofd int file = path_open(AT_FDCWD, f->source, PATH_HOST, O_RDONLY | O_NOFOLLOW, 0);

	if (file < 0)
		return err_sys(e, -file, "open '%s'", f->source);
	/* The range may change at each start: the file follows. */
	if (container_has_userns(c) && fchown(file, container_root_uid(c), container_root_gid(c)) < 0)
		return err_sys(e, errno, "give '%s' to the container's root", f->source);
	c->file_fds[i] = mount_clone(file, "", false);
	return c->file_fds[i] < 0 ? err_sys(e, -c->file_fds[i], "clone '%s'", f->source) : 0;
}

static int *empty_fds(size_t n)
{
	int *fds = calloc(n + 1, sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -EBADF;
	return fds;
}

int rootfs_prepare(struct container *c, struct err *e)
{
	size_t n_files = c->how->launch ? c->how->launch->files.n : 0;

	c->mount_fds = empty_fds(c->spec->mounts.n);
	c->file_fds = empty_fds(n_files);
	if (!c->mount_fds || !c->file_fds)
		return err_nomem(e);
	if ((c->how->launch ? make_overlay(c, e) : clone_bundle_root(c, e)) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (prepare_mount(c, i, e) < 0)
			return -1;
	for (size_t i = 0; i < n_files; i++)
		if (prepare_file(c, i, e) < 0)
			return -1;
	return devices_make(c, e);
}

static void drop_fds(int **fds, size_t n)
{
	for (size_t i = 0; *fds && i < n; i++)
		if ((*fds)[i] >= 0)
			(void)close((*fds)[i]);
	free(*fds);
	*fds = NULL;
}

void rootfs_drop(struct container *c)
{
	drop_fds(&c->mount_fds, c->spec->mounts.n);
	drop_fds(&c->file_fds, c->how->launch ? c->how->launch->files.n : 0);
	if (c->root_fd >= 0)
		(void)close(take_fd(c->root_fd));
	if (c->dev_fd >= 0)
		(void)close(take_fd(c->dev_fd));
}
