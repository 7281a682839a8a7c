/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * A mount of type cgroup. v2: a cgroup2 file system, which shows the container's group as "/" in a cgroup namespace and
 * the whole tree without; where the user namespace may not mount it, a bind of the same. v1 and hybrid: a tmpfs with one
 * clone of the container's own group a hierarchy, named as the host names it ("cpu,cpuacct", "systemd"), and a link for
 * each controller of a hierarchy that holds several. A systemd of before v2 needs the hierarchy of its own name alone, and
 * gets that where an annotation (crun's) says so.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "runtime/annotations.h"
#include "runtime/mountpoint.h"

static uint64_t attributes(const struct mount_options *o)
{
	return o->set | o->set_recursive;
}

static int bind_unified(const struct container *c, const struct mount_options *o)
{
	const struct cgroup_hierarchy *h = &c->cgroups.items[0];
	bool own = c->new_ns[OCI_NS_CGROUP];
	char group[PATH_MAX];
	int r = own ? groups_find(&c->state, h, group) : 0;
	autofd int fd = r < 0 ? r : mount_clone(AT_FDCWD, own ? group : h->mount, true);

	r = fd < 0 ? fd : mount_set_bind(fd, o);

	return r < 0 ? r : take_fd(fd);
}

static int attach_unified(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int target,
			  struct err *e)
{
	bool simple = o->propagation.n == 0;
	const char *refused = NULL;
	autofd int fd = simple ? -EBADF : mount_new("cgroup2", "cgroup", &o->data, attributes(o), &refused);
	int r = simple ? mount_new_at(target, "cgroup2", "cgroup", &o->data, attributes(o), &refused) : fd;

	if (r == -EPERM || r == -EBUSY)
		r = fd = bind_unified(c, o);
	if (fd >= 0)
		r = mount_attach(fd, target);
	if (fd >= 0 && r == 0)
		r = mount_propagate(fd, o);
	return r < 0 ? err_sys(e, -r, "mount 'cgroup2' on '%s'%s%s", m->destination, refused ? ", option " : "",
			       refused ? refused : "") : 0;
}

/* ---- v1 ---- */

static int link_controllers(int top, const char *name)
{
	autofree char *list = strchr(name, ',') ? strdup(name) : NULL;
	char *save = NULL;

	for (char *one = list ? strtok_r(list, ",", &save) : NULL; one; one = strtok_r(NULL, ",", &save))
		if (symlinkat(name, top, one) < 0 && errno != EEXIST)
			return -errno;
	return 0;
}

/* The spec may have a mount of its own for one hierarchy. */
static bool is_given(const struct container *c, const char *path)
{
	char clean[PATH_MAX];

	(void)mountpoint_clean(path, clean);
	for (size_t i = 0; i < c->spec->mounts.n; i++)
		if (mountpoint_is(c->spec->mounts.items[i].destination, clean))
			return true;
	return false;
}

static int attach_hierarchy(const struct container *c, const struct cgroup_hierarchy *h, const struct mount_options *o,
			    int top, const char *name)
{
	const uint64_t taken_back = o->clear & ~(uint64_t)MOUNT_ATTR__ATIME;
	autofd int fd = -EBADF;
	char path[PATH_MAX];
	int r = groups_find(&c->state, h, path);

	if (r == 0)
		r = fd = mount_clone(AT_FDCWD, path, false);
	r = r < 0 ? r : 0;

	/* What the options set is set for all of them at the end. */
	if (r == 0 && taken_back)
		r = mount_set(fd, 0, taken_back, 0, false);
	if (r == 0 && mkdirat(top, name, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0)
		r = mount_attach_at(fd, top, name);
	return r < 0 ? r : link_controllers(top, name);
}

/* ---- the hierarchy of systemd's name ---- */

static bool is_for_systemd(const struct container *c, const struct oci_mount *m)
{
	const char *path = annotation_get(c->spec, ANNOTATION_SYSTEMD_V1);
	char clean[PATH_MAX];

	return path && mountpoint_is(m->destination, mountpoint_clean(path, clean));
}

static int attach_for_systemd(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int top,
			      struct err *e)
{
	const struct cgroup_hierarchy *h = cgroup_find(&c->cgroups, "name=systemd");
	int r;

	if (!h)
		return err_set(e, ERR_UNSUPPORTED, "annotations." ANNOTATION_SYSTEMD_V1 ": '%.200s': no hierarchy 'name=systemd' "
			       "of cgroup v1 is mounted on this machine", m->destination);
	r = attach_hierarchy(c, h, o, top, "systemd");
	return r < 0 ? err_sys(e, -r, "mount cgroup '%s/systemd'", m->destination) : 0;
}

/* ---- all of them ---- */

static int attach_hierarchies(const struct container *c, const struct oci_mount *m, const struct mount_options *o,
			      int top, struct err *e)
{
	if (is_for_systemd(c, m))
		return attach_for_systemd(c, m, o, top, e);
	for (size_t i = 0; i < c->cgroups.n; i++) {
		const char *name = strrchr(c->cgroups.items[i].mount, '/') + 1;
		autofree char *path = str_format("%s/%s", m->destination, name);
		int r = path ? 0 : -ENOMEM;

		if (r == 0 && !is_given(c, path))
			r = attach_hierarchy(c, &c->cgroups.items[i], o, top, name);
		if (r < 0)
			return err_sys(e, -r, "mount cgroup '%s/%s'", m->destination, name);
	}
	return 0;
}

static int attach_legacy(const struct container *c, const struct oci_mount *m, const struct mount_options *o, int target,
			 struct err *e)
{
	static const char *const options[] = { "mode=755", "size=1m" };
	const struct strv data = { .items = (char **)(uintptr_t)options, .n = ARRAY_SIZE(options) };
	const uint64_t always = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const char *refused;
	autofd int top = mount_new("tmpfs", "tmpfs", &data, always, &refused);
	int r = top < 0 ? top : mount_attach(top, target);

	if (r < 0)
		return err_sys(e, -r, "mount tmpfs on '%s'", m->destination);
	if (attach_hierarchies(c, m, o, top, e) < 0)
		return -1;
	r = mount_set(top, attributes(o), o->clear & MOUNT_ATTR__ATIME, 0, true);
	if (r == 0)
		r = mount_propagate(top, o);
	return r < 0 ? err_sys(e, -r, "options of '%s'", m->destination) : 0;
}

int cgroup_mount(const struct container *c, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	bool unified = cgroup_is_v2_alone(&c->cgroups) && !is_for_systemd(c, m), made;
	autofd int target = mountpoint_open_for(c, m, o, -EBADF, &made, e);

	if (target < 0)
		return -1;
	return unified ? attach_unified(c, m, o, target, e) : attach_legacy(c, m, o, target, e);
}
