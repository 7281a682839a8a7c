/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/devices.h"

/*
 * /dev: a tmpfs of our own with everything in it, made by the parent while it is detached. In a user namespace the
 * nodes are real all the same, because the file system belongs to the initial one; mknod inside is refused by the
 * kernel. The image's own /dev is never looked at: ours covers it before any path below it is walked.
 *
 * A device that belongs elsewhere (below another mount, outside of /dev, on a /dev that is not our tmpfs) is a node on a
 * second such tmpfs, which device_bind.c takes from there. Where mknod is not permitted, as for a runtime in a user
 * namespace, every device is a clone of the host's.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "runtime/mountpoint.h"

static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" }, { "core", "/proc/kcore" },	 { "ptmx", "pts/ptmx" },
};

enum { MAJORS = 1 << 12, MINORS = 1 << 20 };

const struct oci_mount *devices_mount(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mounts.n; i++) {
		const struct oci_mount *m = &spec->mounts.items[i];

		if (mountpoint_is(m->destination, "/dev") && m->type && str_eq(m->type, "tmpfs"))
			return m;
	}
	return NULL;
}

size_t devices_count(const struct container *c)
{
	return ARRAY_SIZE(defaults) + c->spec->linux_->devices.n;
}

/* The spec's own entry for a default device takes its place. */
static bool is_listed(const struct container *c, const char *path)
{
	for (size_t i = 0; i < c->spec->linux_->devices.n; i++)
		if (mountpoint_is(c->spec->linux_->devices.items[i].path, path))
			return true;
	return false;
}

static bool get_default(const struct container *c, size_t i, struct device *ret)
{
	if (is_listed(c, defaults[i].path))
		return false;
	*ret = (struct device){ .path = defaults[i].path, .mode = S_IFCHR | 0666,
				.number = makedev(defaults[i].major, defaults[i].minor) };
	return true;
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

int devices_check(const struct oci_device *d, size_t i, struct err *e)
{
	mode_t type = device_type(d->type);

	if (!type)
		return err_set(e, ERR_INVALID, "linux.devices[%zu].type: '%.20s' is not a device type", i, d->type);
	if (d->path[0] != '/')
		return err_set(e, ERR_INVALID, "linux.devices[%zu].path '%.200s' is not an absolute path", i, d->path);
	if (type != S_IFIFO && (d->major < 0 || d->major >= MAJORS))
		return err_set(e, ERR_INVALID, "linux.devices[%zu].major: %lld is out of range", i, (long long)d->major);
	if (type != S_IFIFO && (d->minor < 0 || d->minor >= MINORS))
		return err_set(e, ERR_INVALID, "linux.devices[%zu].minor: %lld is out of range", i, (long long)d->minor);
	return 0;
}

bool devices_get(const struct container *c, size_t i, struct device *ret)
{
	const struct oci_device *d;
	mode_t type;

	if (i < ARRAY_SIZE(defaults))
		return get_default(c, i, ret);
	i -= ARRAY_SIZE(defaults);
	d = &c->spec->linux_->devices.items[i];
	if (mountpoint_is(d->path, "/dev/ptmx")) /* a link, always */
		return false;
	type = device_type(d->type);
	*ret = (struct device){
		.path = d->path,
		.mode = type | (d->file_mode.set ? d->file_mode.value & 07777 : 0666),
		.number = type == S_IFIFO ? 0 : makedev((unsigned)d->major, (unsigned)d->minor),
		.uid = d->uid.set ? d->uid.value : 0,
		.gid = d->gid.set ? d->gid.value : 0,
	};
	return true;
}

/* Nothing else of the spec is mounted on the way to it, and its name has no turns. */
bool devices_is_on_dev(const struct container *c, const char *path)
{
	char clean[PATH_MAX];

	if (!str_starts(mountpoint_clean(path, clean), "/dev/") || !str_eq(path, clean))
		return false;
	for (size_t i = 0; i < c->spec->mounts.n; i++) {
		const char *to = c->spec->mounts.items[i].destination;

		if (!mountpoint_is(to, "/dev") && mountpoint_is_below(path, to))
			return false;
	}
	return true;
}

int devices_link(int dev)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (str_eq(links[i].name, "core") && faccessat(AT_FDCWD, links[i].target, F_OK, 0) < 0)
			continue;
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* ---- the nodes ---- */

/* Root of the container, as whoever makes /dev names it: the parent, or the first process itself. */
static uint32_t root_uid(const struct container *c)
{
	return c->guest ? 0 : container_root_uid(c);
}

static uint32_t root_gid(const struct container *c)
{
	return c->guest ? 0 : container_root_gid(c);
}

static int own_node(const struct container *c, int dir, const char *name, const struct device *d)
{
	uint32_t uid = d->uid, gid = d->gid;

	if (container_has_userns(c) && !c->guest && (!userns_outside(&c->uids, uid, &uid) || !userns_outside(&c->gids, gid, &gid)))
		return -EOVERFLOW;
	return (uid || gid) && fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* mknod is EPERM in a user namespace: the host's own node, if it is the same device. */
static int borrow_node(struct container *c, size_t i, const struct device *d, struct err *e)
{
	autofd int host = path_open(AT_FDCWD, d->path, PATH_HOST, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (host < 0 || fstat(host, &st) < 0)
		return err_sys(e, host < 0 ? -host : errno, "device '%s' may not be made and the host has none", d->path);
	if ((st.st_mode & S_IFMT) != (d->mode & S_IFMT) || st.st_rdev != d->number)
		return err_set(e, ERR_DENIED, "device '%s' may not be made and is another one on the host", d->path);
	c->device_fds[i] = mount_clone(host, "", false);
	return c->device_fds[i] < 0 ? err_sys(e, -c->device_fds[i], "clone device '%s'", d->path) : 0;
}

static int make_node(struct container *c, int dir, const char *name, size_t i, const struct device *d, struct err *e)
{
	int r;

	if (mknodat(dir, name, d->mode, d->number) < 0)
		return errno == EPERM ? borrow_node(c, i, d, e) : err_sys(e, errno, "make device '%s'", d->path);
	r = own_node(c, dir, name, d);
	if (r == -EOVERFLOW)
		return err_set(e, ERR_INVALID, "device '%s': owner %u:%u is not mapped in the user namespace", d->path, d->uid,
			       d->gid);
	return r < 0 ? err_sys(e, -r, "give device '%s' to its owner", d->path) : 0;
}

static int make_on_dev(struct container *c, int dev, size_t i, const struct device *d, struct err *e)
{
	const char *below = d->path + strlen("/dev/"), *name = strrchr(d->path, '/') + 1;
	autofree char *directory = NULL;
	autofd int parent = -EBADF;

	if (name == below)
		return make_node(c, dev, name, i, d, e);
	directory = strndup(below, (size_t)(name - below));
	parent = directory ? path_make_dirs(dev, directory, PATH_OWN, 0755) : -ENOMEM;
	if (parent < 0)
		return err_sys(e, -parent, "make the directory of device '%s'", d->path);
	return make_node(c, parent, name, i, d, e);
}

static int make_elsewhere(struct container *c, size_t i, const struct device *d, struct err *e)
{
	static const char *const options[] = { "mode=711" }; /* root of a user namespace takes from it */
	const struct strv data = { .items = (char **)(uintptr_t)options, .n = ARRAY_SIZE(options) };
	const char *refused;
	char name[24];

	if (c->nodes_fd < 0)
		c->nodes_fd = mount_new("tmpfs", "tmpfs", &data, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, &refused);
	if (c->nodes_fd < 0)
		return err_sys(e, -c->nodes_fd, "mount tmpfs for devices");
	(void)snprintf(name, sizeof(name), "%zu", i);
	return make_node(c, c->nodes_fd, name, i, d, e);
}

/* The nodes that belong elsewhere must be there before the root covers "/"; in a user namespace no node can be made. */
bool devices_may_wait(const struct container *c)
{
	struct device d;

	if (!devices_mount(c->spec) || container_has_userns(c))
		return false;
	for (size_t i = 0; i < devices_count(c); i++)
		if (devices_get(c, i, &d) && !devices_is_on_dev(c, d.path))
			return false;
	return true;
}

/* Whose /dev is a bind of the host's has all devices there. */
bool devices_has_host_dev(const struct container *c)
{
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (mountpoint_is(c->spec->mounts.items[i].destination, "/dev") && c->mount_fds[i] >= 0)
			return true;
	return false;
}

static int make_device(struct container *c, int dev, size_t i, struct err *e)
{
	struct device d;

	if (!devices_get(c, i, &d))
		return 0;
	if (dev >= 0 && devices_is_on_dev(c, d.path))
		return make_on_dev(c, dev, i, &d, e);
	if (devices_has_host_dev(c) && mountpoint_is_below(d.path, "/dev"))
		return 0;
	return make_elsewhere(c, i, &d, e);
}

static int make_devices(struct container *c, int dev, struct err *e)
{
	for (size_t i = 0; i < devices_count(c); i++)
		if (make_device(c, dev, i, e) < 0)
			return -1;
	return 0;
}

/* ---- the tmpfs ---- */

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
	return fchownat(made, "", root_uid(c), root_gid(c), AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Directories for the mounts below /dev and a file for the console, so that nothing is made on the way in. */
static int make_mount_points(const struct container *c, int dev, struct err *e)
{
	char to[PATH_MAX];
	int r;

	for (size_t i = 0; i < c->spec->mounts.n; i++) {
		if (!mountpoint_is_below(mountpoint_clean(c->spec->mounts.items[i].destination, to), "/dev") ||
		    c->mount_fds[i] >= 0)
			continue;
		r = make_mount_point(c, dev, to + strlen("/dev/"));
		if (r < 0)
			return err_sys(e, -r, "make mount point '%s'", to);
	}
	if (c->spec->process->terminal && mknodat(dev, "console", S_IFREG | 0600, 0) < 0 && errno != EEXIST)
		return err_sys(e, errno, "make '/dev/console'");
	return 0;
}

static int link_and_own(const struct container *c, int dev)
{
	int r = devices_link(dev);

	for (size_t i = 0; i < ARRAY_SIZE(links) && r == 0 && container_has_userns(c); i++)
		if (fchownat(dev, links[i].name, root_uid(c), root_gid(c), AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			r = -errno;
	return r;
}

static int fill(struct container *c, int dev, struct err *e)
{
	int r = link_and_own(c, dev);

	if (r < 0)
		return err_sys(e, -r, "make the links of '/dev'");
	return make_mount_points(c, dev, e) < 0 ? -1 : make_devices(c, dev, e);
}

/* What the spec says of its tmpfs; made read-only at the end, like every tmpfs. */
static int dev_options(const struct container *c, const struct oci_mount *m, struct mount_options *ret)
{
	static const struct strv none = STRV_INIT;

	if (mount_options_parse(m ? &m->options : &none, ret) < 0)
		return -ENOMEM;
	ret->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (!mountpoint_has_mode(&ret->data) && strv_add(&ret->data, "mode=755") < 0)
		return -ENOMEM;
	if (container_has_userns(c) && (strv_addf(&ret->data, "uid=%u", root_uid(c)) < 0 ||
					strv_addf(&ret->data, "gid=%u", root_gid(c)) < 0))
		return -ENOMEM;
	return mounts_add_label(c, &ret->data);
}

static bool has_other_dev(const struct container *c)
{
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (mountpoint_is(c->spec->mounts.items[i].destination, "/dev"))
			return true;
	return false;
}

int devices_make(struct container *c, struct err *e)
{
	const struct oci_mount *m = devices_mount(c->spec);
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	autofd int dev = -EBADF;
	const char *refused = NULL;

	if (!m && has_other_dev(c))
		return make_devices(c, -EBADF, e);
	if (dev_options(c, m, &o) < 0)
		return err_nomem(e);
	dev = mount_new("tmpfs", m && m->source ? m->source : "tmpfs", &o.data, o.set, &refused);
	if (dev < 0)
		return err_sys(e, -dev, "mount tmpfs on '/dev'%s%s", refused ? ", option " : "", refused ? refused : "");
	if (fill(c, dev, e) < 0)
		return -1;
	c->dev_fd = take_fd(dev);
	return 0;
}
