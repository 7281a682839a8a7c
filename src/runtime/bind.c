/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * Bind mounts. The source is opened once, cloned from that descriptor and changed while the clone is detached. The first
 * process does that itself where it has the rights of the host's root, because mountinfo (since 6.8) lists mounts in the
 * order in which they were made, which is to be that of the spec; else the parent does. For a container with a user namespace
 * this runs in its mount namespace (rootfs.c): the clones then carry the locks of a mount that less privileged eyes may see,
 * and nothing mounted in the container comes back to the host.
 *
 * A source inside the container's own root is another matter: the mounts before it in the list belong to it. It is bound
 * inside, when they stand.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "runtime/idmap.h"
#include "runtime/mountpoint.h"

bool bind_is(const struct oci_mount *m, const struct mount_options *o)
{
	return !o->remount && (mount_options_are_bind(o) || (m->type && str_eq(m->type, "bind")));
}

static const char *behind(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len > 1 && directory[len - 1] == '/')
		len--;
	return len > 1 && strncmp(path, directory, len) == 0 && path[len] == '/' ? path + len : NULL;
}

const char *bind_source_in_root(const struct container *c, const struct oci_mount *m)
{
	const char *root = c->spec->root->path;

	if (c->how->launch || !m->source)
		return NULL;
	/* Both are absolute, or both relative to the bundle. */
	if (root[0] == m->source[0] || root[0] != '/')
		return behind(m->source, m->source[0] == '/' ? c->state.rootfs : root);
	return NULL;
}

static bool is_mapped(const struct oci_mount *m, const struct mount_options *o)
{
	return m->uid_mappings.n > 0 || m->gid_mappings.n > 0 || o->idmap || o->idmap_recursive;
}

/* While the first process makes the mounts, the container's root lies on "/", or for hooks on its own path: a tree that
 * holds that place would be bound with the container's root in it. */
static bool may_hold_root(const struct container *c, const char *source)
{
	struct stat at, root;

	if (container_has_hooks(c) && !c->how->launch)
		return true;
	if (stat(source, &at) < 0 || stat("/", &root) < 0)
		return true;
	return at.st_dev == root.st_dev && at.st_ino == root.st_ino;
}

/* Not below /dev, which the parent may have to make and needs to know; not peers of the host's mounts, of which the
 * container's own copies are slaves; not what /proc leads to, which may be no mount of the container's; and not with ids
 * mapped, because the parent alone sees the process of a mapping by its name. */
bool bind_may_wait(const struct container *c, const struct oci_mount *m, const struct mount_options *o)
{
	const char *word = c->spec->linux_->rootfs_propagation;

	return c->new_ns[OCI_NS_MOUNT] && !container_has_userns(c) && !c->guest && !(word && str_ends(word, "shared")) &&
	       !mountpoint_is(m->destination, "/dev") && !mountpoint_is_below(m->destination, "/dev") &&
	       !(m->source && (str_starts(m->source, "/proc/") || may_hold_root(c, m->source))) && !is_mapped(m, o);
}

int bind_userns(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	cleanup(idmap_done) struct idmap given = { .uids = { .items = NULL } };
	struct userns_map uids = { .n = m->uid_mappings.n }, gids = { .n = m->gid_mappings.n };
	int fd;

	_Static_assert(sizeof(struct userns_extent) == sizeof(struct oci_id_map), "one shape");
	uids.extents = (const struct userns_extent *)m->uid_mappings.items;
	gids.extents = (const struct userns_extent *)m->gid_mappings.items;
	if (uids.n == 0 && gids.n == 0 && o->idmap_text) {
		if (idmap_parse(o->idmap_text, &c->uids, &c->gids, &given, e) < 0)
			return err_prefix(e, "idmap of '%s'", m->destination);
		uids = (struct userns_map){ given.uids.items, given.uids.n };
		gids = (struct userns_map){ given.gids.items, given.gids.n };
	}
	if (uids.n == 0 && gids.n == 0)
		return c->userns >= 0 ? fcntl(c->userns, F_DUPFD_CLOEXEC, 0) :
					err_set(e, ERR_INVALID, "idmap of '%s' without mappings: the container has no user "
						"namespace whose mappings it could take", m->destination);
	if (uids.n == 0 || gids.n == 0)
		return err_set(e, ERR_INVALID, "idmap of '%s': id-mapped mounts must have both uid and gid mappings specified",
			       m->destination);
	fd = userns_make(&uids, &gids);
	return fd < 0 ? err_sys(e, -fd, "mappings of '%s'", m->destination) : fd;
}

static int idmap_bind(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int fd,
		      struct err *e)
{
	bool wanted = is_mapped(m, o);
	bool implied = c->how->launch && container_has_userns(c);
	autofd int userns = -EBADF;
	int r;

	if (!wanted && !implied)
		return 0;
	userns = bind_userns(c, m, o, e);
	if (userns < 0)
		return -1;
	r = mount_idmap(fd, userns, o->idmap_recursive || implied);
	if (r == -EINVAL || r == -EPERM)
		return err_set(e, ERR_UNSUPPORTED, "the file system of '%s' has no idmapped mounts", m->source);
	return r < 0 ? err_sys(e, -r, "idmap '%s'", m->source) : 0;
}

/* What a mount without a word about propagation gets, as runc has it: events of the host come in, none go out. */
static int propagate_bind(const struct container *c, const struct mount_options *o, int fd)
{
	const char *word = c->spec->linux_->rootfs_propagation;
	uint64_t kind = MS_SLAVE;
	int r;

	if (word && (str_ends(word, "private") || str_ends(word, "unbindable")))
		kind = MS_PRIVATE;
	if (word && str_ends(word, "shared"))
		kind = 0;
	r = kind ? mount_set(fd, 0, 0, kind, true) : 0;
	return r < 0 ? r : mount_propagate(fd, o);
}

static int open_source(const struct container *c, const struct oci_mount *m, const struct mount_options *o,
		       struct err *e)
{
	autofd int bundle = path_open(AT_FDCWD, c->how->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	int link = o->source_nofollow || o->copy_symlink ? O_NOFOLLOW : 0, at;

	if (!m->source || !m->source[0])
		return err_set(e, ERR_INVALID, "mount on '%s': a bind mount needs a source", m->destination);
	if (bundle < 0)
		return err_sys(e, -bundle, "open bundle '%s'", c->how->bundle);
	at = path_open(bundle, m->source, PATH_HOST_MAGIC, O_PATH | link, 0);
	return at < 0 ? err_sys(e, -at, "mount '%s' on '%s'", m->source, m->destination) : at;
}

static int clone_source(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int at,
			struct err *e)
{
	bool recursive = o->bind_recursive || !o->bind;
	int fd = mount_clone(at, "", recursive);

	if (fd == -EINVAL && !recursive && container_has_userns(c))
		return err_set(e, ERR_DENIED, "mount '%s' on '%s': what is mounted below must not be uncovered in a user "
			       "namespace: 'rbind' takes it along", m->source, m->destination);
	return fd < 0 ? err_sys(e, -fd, "clone '%s'", m->source) : fd;
}

int bind_open(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	autofd int at = open_source(c, m, o, e), fd = -EBADF;
	struct stat st;
	int r;

	if (at < 0)
		return -1;
	if (fstat(at, &st) < 0)
		return err_sys(e, errno, "look at '%s'", m->source);
	if (S_ISLNK(st.st_mode) && o->copy_symlink)
		return take_fd(at);
	fd = clone_source(c, m, o, at, e);
	if (fd < 0 || idmap_bind(c, m, o, fd, e) < 0)
		return -1;
	r = mount_set_bind(fd, o);
	if (r == -EPERM)
		return err_sys(e, EPERM, "mount '%s' on '%s': cannot clear locked flags of the source", m->source,
			       m->destination);
	if (r == 0)
		r = propagate_bind(c, o, fd);
	return r < 0 ? err_sys(e, -r, "options of '%s'", m->destination) : take_fd(fd);
}
