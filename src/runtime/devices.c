/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * /dev: a tmpfs of our own with everything in it, made by the parent while it is detached. In a user namespace the
 * nodes are real all the same, because the file system belongs to the initial one; mknod inside is refused by the
 * kernel. The image's own /dev is never looked at: ours covers it before any path below it is walked.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" }, { "ptmx", "pts/ptmx" },
};

const struct oci_mount *devices_mount(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mounts.n; i++) {
		const struct oci_mount *m = &spec->mounts.items[i];

		if (str_eq(m->destination, "/dev") && m->type && str_eq(m->type, "tmpfs"))
			return m;
	}
	return NULL;
}

static int make_node(const struct container *c, int dev, const char *name, mode_t mode, dev_t number, uint32_t uid,
		     uint32_t gid)
{
	uint32_t host_uid = uid, host_gid = gid;

	if (container_has_userns(c) &&
	    (!userns_outside(&c->uids, uid, &host_uid) || !userns_outside(&c->gids, gid, &host_gid)))
		return -EINVAL;
	if (mknodat(dev, name, mode, number) < 0)
		return -errno;
	if ((host_uid || host_gid) && fchownat(dev, name, host_uid, host_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int make_defaults(const struct container *c, int dev, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		int r = make_node(c, dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor), 0, 0);

		if (r < 0)
			return err_sys(e, -r, "make '/dev/%s'", nodes[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return err_sys(e, errno, "make '/dev/%s'", links[i].name);
	return 0;
}

static mode_t device_type(const char *type)
{
	static const struct { char letter; mode_t type; } types[] = {
		{ 'c', S_IFCHR }, { 'u', S_IFCHR }, { 'b', S_IFBLK }, { 'p', S_IFIFO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (type[0] == types[i].letter && !type[1])
			return types[i].type;
	return 0;
}

static int make_device(const struct container *c, int dev, const struct oci_device *d, struct err *e)
{
	mode_t type = device_type(d->type), mode = d->file_mode.set ? d->file_mode.value & 07777 : 0666;
	const char *below, *name;
	autofd int parent = -EBADF;
	int r;

	if (!type)
		return err_set(e, ERR_INVALID, "linux.devices: '%.20s' is not a device type", d->type);
	if (!str_starts(d->path, "/dev/"))
		return err_set(e, ERR_UNSUPPORTED, "linux.devices: '%.200s' is not below /dev", d->path);
	below = d->path + strlen("/dev/");
	if (strchr(below, '/')) {
		autofree char *directory = strndup(below, (size_t)(strrchr(below, '/') - below));
		autofd int made = directory ? path_make_dirs(dev, directory, PATH_OWN, 0755) : -ENOMEM;

		if (made < 0)
			return err_sys(e, -made, "make the directory of '%s'", d->path);
	}
	parent = path_open_parent(dev, below, PATH_OWN, &name);
	if (parent < 0)
		return err_sys(e, -parent, "make device '%s'", d->path);
	(void)unlinkat(parent, name, 0); /* the spec's own entry for a default device wins */
	r = make_node(c, parent, name, type | mode, makedev((unsigned)d->major, (unsigned)d->minor),
		      d->uid.set ? d->uid.value : 0, d->gid.set ? d->gid.value : 0);
	return r < 0 ? err_sys(e, -r, "make device '%s'", d->path) : 0;
}

/* A directory directly below /dev, the ordinary case, is one call. */
static int make_mount_point(const struct container *c, int dev, const char *below)
{
	bool fresh = !strchr(below, '/') && mkdirat(dev, below, 0755) == 0;
	autofd int made = -EBADF;

	if (fresh && !container_has_userns(c))
		return 0;
	made = path_make_dirs(dev, below, PATH_OWN, 0755);
	if (made < 0 || !container_has_userns(c))
		return made < 0 ? made : 0;
	return fchownat(made, "", container_root_uid(c), container_root_gid(c), AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Directories for the mounts below /dev and a file for the console, so that nothing is made on the way in. */
static int make_mount_points(const struct container *c, int dev, struct err *e)
{
	for (size_t i = 0; i < c->spec->mounts.n; i++) {
		const char *to = c->spec->mounts.items[i].destination;
		int r;

		if (!str_starts(to, "/dev/") || !to[5] || c->mount_fds[i] >= 0)
			continue;
		r = make_mount_point(c, dev, to + 5);
		if (r < 0)
			return err_sys(e, -r, "make mount point '%s'", to);
	}
	if (c->spec->process->terminal && mknodat(dev, "console", S_IFREG | 0600, 0) < 0)
		return err_sys(e, errno, "make '/dev/console'");
	return 0;
}

static int fill(const struct container *c, int dev, struct err *e)
{
	if (make_defaults(c, dev, e) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->linux_->devices.n; i++)
		if (make_device(c, dev, &c->spec->linux_->devices.items[i], e) < 0)
			return -1;
	return make_mount_points(c, dev, e);
}

static bool has_dev_bind(const struct container *c)
{
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (str_eq(c->spec->mounts.items[i].destination, "/dev") && c->mount_fds[i] >= 0)
			return true;
	return false;
}

int devices_make(struct container *c, struct err *e)
{
	static const struct strv no_options = STRV_INIT;
	const struct oci_mount *m = devices_mount(c->spec);
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	autofd int dev = -EBADF;
	const char *refused = NULL;
	mode_t old;
	int r;

	if (!m && has_dev_bind(c))
		return 0;
	if (mount_options_parse(m ? &m->options : &no_options, &o) < 0)
		return err_nomem(e);
	if (strv_addf(&o.data, "uid=%u", container_root_uid(c)) < 0 ||
	    strv_addf(&o.data, "gid=%u", container_root_gid(c)) < 0 || (!m && strv_add(&o.data, "mode=755") < 0))
		return err_nomem(e);
	dev = mount_new("tmpfs", "tmpfs", &o.data, o.set & ~(uint64_t)(MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY), &refused);
	if (dev < 0)
		return err_sys(e, -dev, "mount tmpfs on '/dev'%s%s", refused ? ", option " : "", refused ? refused : "");
	old = umask(0);
	r = fill(c, dev, e);
	(void)umask(old);
	if (r < 0)
		return -1;
	c->dev_fd = take_fd(dev);
	return 0;
}
