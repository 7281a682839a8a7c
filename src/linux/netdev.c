/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netdev.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/own.h"
#include "base/vec.h"
#include "linux/netlink.h"

enum { NAMES_MAX = 8 * 4096, TRIES = 8 };

bool netdev_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *c = name; *c; c++)
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c))
			return false;
	return true;
}

static int take_index(const struct nlmsghdr *answer, void *arg)
{
	const struct ifinfomsg *link = netlink_data(answer);

	if (answer->nlmsg_type == RTM_NEWLINK && answer->nlmsg_len >= NLMSG_LENGTH(sizeof(*link)))
		*(int *)arg = link->ifi_index;
	return 0;
}

int netdev_index(int sock, const char *name)
{
	const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	struct netlink_message m;
	int index = -ENODEV, r;

	netlink_begin(&m, RTM_GETLINK, 0, &any, sizeof(any));
	netlink_add_text(&m, IFLA_IFNAME, name);
	r = netlink_call(sock, &m, take_index, &index);
	return r < 0 ? r : index;
}

static int try_name(int sock, const char *name)
{
	int index = netdev_index(sock, name);

	if (index >= 0)
		return -EEXIST;
	return index == -ENODEV ? 0 : index;
}

int netdev_free_name(int sock, const char *pattern, char ret[static IFNAMSIZ])
{
	const char *number = strstr(pattern, "%d");
	int r;

	if (!number) {
		if (snprintf(ret, IFNAMSIZ, "%s", pattern) >= IFNAMSIZ)
			return -EINVAL;
		return try_name(sock, ret);
	}
	for (int i = 0; i < NAMES_MAX; i++) {
		if (snprintf(ret, IFNAMSIZ, "%.*s%d%s", (int)(number - pattern), pattern, i, number + 2) >= IFNAMSIZ)
			return -EINVAL;
		r = try_name(sock, ret);
		if (r != -EEXIST)
			return r;
	}
	return -ENFILE;
}

int netdev_move(int sock, int index, int netns, const char *name)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWLINK, 0, &link, sizeof(link));
	netlink_add_text(&m, IFLA_IFNAME, name);
	netlink_add_u32(&m, IFLA_NET_NS_FD, (uint32_t)netns);
	return netlink_call(sock, &m, NULL, NULL);
}

int netdev_up(int sock, int index)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP,
					.ifi_change = IFF_UP };
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWLINK, 0, &link, sizeof(link));
	return netlink_call(sock, &m, NULL, NULL);
}

/* ---- addresses ---- */

enum { OWNERS_FLAGS = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN };

struct collecting {
	int index;
	struct netdev_addresses *to;
};

static const void *find(const struct nlmsghdr *answer, uint16_t type, size_t least)
{
	const struct rtattr *a = netlink_find(answer, sizeof(struct ifaddrmsg), type, least);

	return a ? netlink_value(a) : NULL;
}

static uint32_t find_u32(const struct nlmsghdr *answer, uint16_t type, uint32_t otherwise)
{
	const void *data = find(answer, type, sizeof(uint32_t));
	uint32_t value = otherwise;

	if (data)
		memcpy(&value, data, sizeof(value));
	return value;
}

/* Without a local address it is the same as the peer's: IPv6 tells one alone. */
static bool read_address(const struct nlmsghdr *answer, const struct ifaddrmsg *from, uint32_t flags,
			 struct netdev_address *to)
{
	uint8_t size = from->ifa_family == AF_INET ? 4 : 16;
	const void *peer = find(answer, IFA_ADDRESS, size), *local = find(answer, IFA_LOCAL, size);
	const void *broadcast = find(answer, IFA_BROADCAST, sizeof(to->broadcast));
	const struct rtattr *label = netlink_find(answer, sizeof(*from), IFA_LABEL, 1);

	if (!peer && !local)
		return false;
	*to = (struct netdev_address){ .family = from->ifa_family, .prefix = from->ifa_prefixlen, .size = size,
				       .flags = flags & OWNERS_FLAGS, .has_broadcast = broadcast != NULL,
				       .metric = find_u32(answer, IFA_RT_PRIORITY, 0) };
	memcpy(to->local, local ? local : peer, size);
	memcpy(to->peer, peer ? peer : local, size);
	if (broadcast)
		memcpy(to->broadcast, broadcast, sizeof(to->broadcast));
	if (label && RTA_PAYLOAD(label) <= IFNAMSIZ)
		(void)snprintf(to->label, sizeof(to->label), "%.*s", (int)RTA_PAYLOAD(label), (const char *)netlink_value(label));
	return true;
}

static int take_address(const struct nlmsghdr *answer, void *arg)
{
	const struct collecting *c = arg;
	const struct ifaddrmsg *from = netlink_data(answer);
	struct netdev_address address, *item;
	uint32_t flags;

	if (answer->nlmsg_type != RTM_NEWADDR || answer->nlmsg_len < NLMSG_LENGTH(sizeof(*from)) ||
	    from->ifa_index != (uint32_t)c->index || (from->ifa_family != AF_INET && from->ifa_family != AF_INET6))
		return 0;
	flags = find_u32(answer, IFA_FLAGS, from->ifa_flags);
	if (!(flags & IFA_F_PERMANENT) || from->ifa_scope != RT_SCOPE_UNIVERSE || !read_address(answer, from, flags, &address))
		return 0;
	item = vec_add(c->to);
	if (!item)
		return -ENOMEM;
	*item = address;
	return 0;
}

/* A dump that was interrupted may have left one out: again. */
int netdev_addresses(int sock, int index, struct netdev_addresses *ret)
{
	const struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		struct netdev_addresses list = { .items = NULL };
		struct collecting c = { index, &list };
		struct netlink_message m;

		netlink_begin(&m, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
		r = netlink_call(sock, &m, take_address, &c);
		if (r == 0)
			*ret = list;
		else
			free(list.items);
	}
	return r;
}

int netdev_add_address(int sock, int index, const struct netdev_address *a)
{
	const struct ifaddrmsg to = { .ifa_family = a->family, .ifa_prefixlen = a->prefix, .ifa_scope = RT_SCOPE_UNIVERSE,
				      .ifa_index = (uint32_t)index };
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &to, sizeof(to));
	netlink_add(&m, IFA_LOCAL, a->local, a->size);
	netlink_add(&m, IFA_ADDRESS, a->peer, a->size);
	if (a->has_broadcast)
		netlink_add(&m, IFA_BROADCAST, a->broadcast, sizeof(a->broadcast));
	if (a->flags)
		netlink_add_u32(&m, IFA_FLAGS, a->flags);
	if (a->metric)
		netlink_add_u32(&m, IFA_RT_PRIORITY, a->metric);
	if (a->label[0])
		netlink_add_text(&m, IFA_LABEL, a->label);
	return netlink_call(sock, &m, NULL, NULL);
}
