/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The parent's part of the root file system: everything that needs the initial user namespace or the caller's view of
 * paths. Each tree is cloned from a descriptor, changed while it is detached, and handed to the first process.
 *
 * A user namespace has two consequences for clones of the host's mounts. They must come from a mount namespace that it
 * owns: only that copy has MNT_LOCK_* on it, so that root inside cannot make a read-only mount of the host writable, and
 * is a slave. And they must be made with our rights, because the paths need not be open to root inside. So an errand
 * enters the container's mount namespace and clones there.
 *
 * Whoever has no rights in the caller's mount namespace can mount nowhere else. For an ordinary user the errand enters the
 * user namespace as well, with the user's own rights to paths; /dev is made by the first process then.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "linux/overlay.h"
#include "linux/selinux.h"

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

static bool is_visited(const struct container *c)
{
	return c->new_ns[OCI_NS_MOUNT] && (container_has_userns(c) || c->guest);
}

static int open_in(const struct container *c, int bundle, struct err *e)
{
	const char *path = c->spec->root->path;
	/* A link would give the container whatever the unpacked bundle points to (runc refuses it as well). */
	int at = path_open(bundle, path, PATH_HOST, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	return at < 0 ? err_sys(e, -at, "open root.path '%s'", path) : at;
}

int rootfs_open(const struct container *c, struct err *e)
{
	autofd int bundle = path_open(AT_FDCWD, c->how->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return bundle < 0 ? err_sys(e, -bundle, "open bundle '%s'", c->how->bundle) : open_in(c, bundle, e);
}

/* Without a word the root hears nothing from the host, and what is mounted below it does. */
static int root_propagation(const struct container *c)
{
	const char *word = c->spec->linux_->rootfs_propagation;
	bool slave = word && str_ends(word, "slave"), silent = word && word[0] && !slave;
	int r = mount_set(c->root_fd, 0, 0, silent ? MS_PRIVATE : MS_SLAVE, true);

	return r < 0 || slave ? r : mount_set(c->root_fd, 0, 0, MS_PRIVATE, false);
}

/* A plain bundle's rootfs, relative to the bundle. */
static int clone_bundle_root(struct container *c, struct err *e)
{
	autofd int at = is_visited(c) ? rootfs_open(c, e) : open_in(c, c->how->bundle_fd, e);
	int r;

	if (at < 0)
		return -1;
	c->root_fd = mount_clone(at, "", true);
	r = c->root_fd < 0 ? c->root_fd : root_propagation(c);
	return r < 0 ? err_sys(e, -r, "clone root.path '%s'", c->spec->root->path) : 0;
}

static int prepare_mount(struct container *c, size_t i, struct err *e)
{
	const struct oci_mount *m = &c->spec->mounts.items[i];
	cleanup(mount_options_done) struct mount_options options = { .set = 0 };

	if (mount_options_parse(&m->options, &options) < 0)
		return err_nomem(e);
	if (!bind_is(m, &options) || bind_source_in_root(c, m) || bind_may_wait(c, m, &options))
		return 0;
	c->mount_fds[i] = bind_open(c, m, &options, e);
	return c->mount_fds[i] < 0 ? -1 : 0;
}

/* What is cloned from the caller's or the container's view of the host. */
static int clone_from_host(struct container *c, struct err *e)
{
	if (!c->how->launch && clone_bundle_root(c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (prepare_mount(c, i, e) < 0)
			return c->how->launch ? -1 : err_prefix(e, "mounts[%zu]", i);
	return 0;
}

struct visit {
	struct container *c;
	struct err *e;
	int mounts; /* the container's mount namespace */
};

/* The errand: our rights and descriptors, the container's mount namespace. */
static int visit_main(void *arg)
{
	const struct visit *v = arg;
	int r = v->c->unprivileged ? ns_enter(v->c->userns, NS_USER) : 0;

	if (r == 0)
		r = ns_enter(v->mounts, NS_MNT);
	if (r < 0)
		return err_sys(v->e, -r, "enter the container's mount namespace");
	/* Hooks look for the container's mounts where the bundle has its root, which root inside need not reach. */
	if (container_has_hooks(v->c) && !v->c->how->launch) {
		v->c->place_fd = rootfs_open(v->c, v->e);
		if (v->c->place_fd < 0)
			return -1;
	}
	return clone_from_host(v->c, v->e);
}

static int visit(struct container *c, struct err *e)
{
	autofd int mounts = ns_open_of(container_proc(c), NS_MNT);
	struct visit v = { c, e, mounts };

	if (mounts < 0)
		return err_sys(e, -mounts, "open the container's mount namespace");
	return errand_try(visit_main, &v, false, "visit the container's mount namespace", e);
}

static int clone_all(struct container *c, struct err *e)
{
	return is_visited(c) ? visit(c, e) : clone_from_host(c, e);
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

/* Without SELinux there is nothing that could carry a label (crun). */
void rootfs_choose_label(struct container *c)
{
	const char *label = c->spec->linux_->mount_label;
	autofd int root = -EBADF;

	if (!label || !label[0])
		return;
	root = path_open(AT_FDCWD, "/", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (selinux_enabled(root))
		c->label = label;
	else
		log_warn("linux.mountLabel: SELinux is not active here, ignoring");
}

static int make_devices(struct container *c, struct err *e)
{
	mode_t old = umask(0);
	int r = devices_make(c, e);

	(void)umask(old);
	return r;
}

int rootfs_prepare(struct container *c, struct err *e)
{
	size_t n_files = c->how->launch ? c->how->launch->files.n : 0;

	if (trees_init(c, e) < 0 || (c->how->launch && make_overlay(c, e) < 0) || clone_all(c, e) < 0)
		return -1;
	for (size_t i = 0; i < n_files; i++)
		if (prepare_file(c, i, e) < 0)
			return -1;
	/* Mounts are listed in the order in which they were made: /dev is made in its turn by who may. */
	return c->guest || devices_may_wait(c) ? 0 : make_devices(c, e);
}
