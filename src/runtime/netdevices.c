/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/netdevices.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/netdev.h"
#include "linux/netlink.h"
#include "linux/ns.h"

static const char *name_inside(const struct oci_net_device *d)
{
	return d->name && d->name[0] ? d->name : d->host_name;
}

static int check_device(const struct oci_net_device *d, struct err *e)
{
	const char *percent = strchr(name_inside(d), '%');

	if (!netdev_is_name(d->host_name))
		return err_set(e, ERR_INVALID, "linux.netDevices: '%.50s' is not a name of a network device", d->host_name);
	/* What the kernel would take as a pattern is a name with one %d. */
	if (!netdev_is_name(name_inside(d)) ||
	    (percent && d->name && d->name[0] && (percent[1] != 'd' || strchr(percent + 1, '%'))))
		return err_set(e, ERR_INVALID, "linux.netDevices.%s.name: '%.50s' is not a name of a network device",
			       d->host_name, name_inside(d));
	return 0;
}

int netdevices_check(const struct oci_spec *spec, struct err *e)
{
	const struct oci_linux *l = spec->linux_;
	const struct oci_namespace *ns = oci_spec_namespace(spec, OCI_NS_NETWORK);
	autofd int fd = -EBADF;

	if (l->net_devices.n == 0)
		return 0;
	if (ns && ns->path && ns->path[0])
		fd = ns_open(ns->path, NS_NET);
	if (!ns || (fd >= 0 && ns_is_own(fd, NS_NET)))
		return err_set(e, ERR_INVALID, "linux.netDevices: unable to move network devices without a private network "
			       "namespace");
	for (size_t i = 0; i < l->net_devices.n; i++)
		if (check_device(&l->net_devices.items[i], e) < 0)
			return -1;
	return 0;
}

struct move {
	int here, there; /* netlink sockets of the host's namespace and the container's */
	int netns;
	const struct oci_net_device *device;
};

static int failed(const struct move *m, int number, const char *what, struct err *e)
{
	return err_sys(e, number, "linux.netDevices.%s: %s", m->device->host_name, what);
}

/* A label begins with the device's name, and follows it. */
static void relabel(struct netdev_address *a, const char *old, const char *new)
{
	char label[IFNAMSIZ];

	if (!a->label[0] || str_eq(old, new))
		return;
	if (!str_starts(a->label, old) || snprintf(label, sizeof(label), "%s%s", new, a->label + strlen(old)) >= IFNAMSIZ)
		a->label[0] = '\0';
	else
		memcpy(a->label, label, sizeof(label));
}

static int set_up(const struct move *m, const char *name, struct netdev_addresses *addresses, struct err *e)
{
	int index = netdev_index(m->there, name), r;

	if (index < 0)
		return failed(m, -index, "find it in the container's namespace", e);
	for (size_t i = 0; i < addresses->n; i++) {
		relabel(&addresses->items[i], m->device->host_name, name);
		r = netdev_add_address(m->there, index, &addresses->items[i]);
		if (r < 0)
			return failed(m, -r, "give it its addresses again", e);
	}
	r = netdev_up(m->there, index);
	return r < 0 ? failed(m, -r, "set it up", e) : 0;
}

/* All that can be known before is asked before: once it is moved, a device does not come back. */
static int move_device(const struct move *m, struct err *e)
{
	struct netdev_addresses addresses = { .items = NULL };
	int index = netdev_index(m->here, m->device->host_name), r;
	char name[IFNAMSIZ];

	if (index < 0)
		return failed(m, -index, "find it", e);
	r = netdev_free_name(m->there, name_inside(m->device), name);
	if (r == -EEXIST)
		return err_set(e, ERR_CONFLICT, "linux.netDevices.%s: there is a device named '%s' in the container's namespace",
			       m->device->host_name, name);
	if (r < 0)
		return failed(m, -r, "find a name for it", e);
	r = netdev_addresses(m->here, index, &addresses);
	if (r < 0)
		return failed(m, -r, "read its addresses", e);
	r = netdev_move(m->here, index, m->netns, name);
	r = r < 0 ? failed(m, -r, "move it to the container's namespace", e) : set_up(m, name, &addresses, e);
	free(addresses.items);
	return r;
}

/* The errand: a socket stays in the namespace where it was made. */
static int open_there(void *arg)
{
	int r = ns_enter(*(const int *)arg, NS_NET);

	return r < 0 ? r : netlink_open();
}

int netdevices_move(const struct oci_linux *linux_, int netns, struct err *e)
{
	autofd int here = netlink_open(), there = errand_run(open_there, &netns, false);
	struct move m = { .here = here, .there = there, .netns = netns };

	if (here < 0 || there < 0)
		return err_sys(e, here < 0 ? -here : -there, "linux.netDevices: open a netlink socket");
	for (size_t i = 0; i < linux_->net_devices.n; i++) {
		m.device = &linux_->net_devices.items[i];
		if (move_device(&m, e) < 0)
			return -1;
	}
	return 0;
}
