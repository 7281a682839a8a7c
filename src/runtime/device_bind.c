/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/devices.h"

/*
 * The devices that are not on our /dev, inside, when all mounts stand. A node can be cloned from a tmpfs that is attached
 * in the container's mount namespace only, so the tmpfs of nodes lies on the old root until that is left.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "runtime/mountpoint.h"

static int open_node(const struct container *c, size_t i)
{
	char name[24];

	if (c->device_fds[i] >= 0)
		return fcntl(c->device_fds[i], F_DUPFD_CLOEXEC, 3);
	if (c->nodes_fd < 0)
		return -ENOENT;
	(void)snprintf(name, sizeof(name), "%zu", i);
	return mount_clone(c->nodes_fd, name, false);
}

/* An empty file is what an earlier container on the same root has left to bind on. */
static int check_target(int target, const struct device *d, struct err *e)
{
	struct stat st;

	if (fstat(target, &st) < 0)
		return err_sys(e, errno, "look at '%s'", d->path);
	if ((S_ISREG(st.st_mode) && st.st_size == 0) ||
	    ((st.st_mode & S_IFMT) == (d->mode & S_IFMT) && st.st_rdev == d->number))
		return 0;
	return err_set(e, ERR_CONFLICT, "linux.devices: '%s' exists and is not the device that is asked for", d->path);
}

static int attach_device(const struct container *c, size_t i, struct err *e)
{
	autofd int node = open_node(c, i), target = -EBADF;
	struct device d;
	bool made;
	int r;

	if (node == -ENOENT || !devices_get(c, i, &d))
		return 0;
	if (node < 0)
		return err_sys(e, -node, "clone device '%s'", d.path);
	target = mountpoint_make(c->root_fd, d.path, false, &made);
	if (target < 0)
		return err_sys(e, -target, "make device '%s'", d.path);
	if (check_target(target, &d, e) < 0)
		return -1;
	r = mount_attach(node, target);
	return r < 0 ? err_sys(e, -r, "attach device '%s'", d.path) : 0;
}

/* Another file system on /dev than ours may lack the links. */
static int add_links(const struct container *c, struct err *e)
{
	autofd int dev = path_open(c->root_fd, "dev", PATH_IN_ROOT, O_PATH | O_DIRECTORY, 0);
	int r = dev < 0 ? dev : devices_link(dev);

	return r < 0 && r != -EROFS ? err_sys(e, -r, "make the links of '/dev'") : 0;
}

int devices_attach(struct container *c, struct err *e)
{
	for (size_t i = 0; i < devices_count(c); i++)
		if (attach_device(c, i, e) < 0)
			return -1;
	return c->dev_fd < 0 && !devices_has_host_dev(c) ? add_links(c, e) : 0;
}
