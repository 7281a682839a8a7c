/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netdev.h"

/* In network namespaces of the test's own: each test is a child in a new user and network namespace. 77: not to be had. */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"
#include "linux/netlink.h"
#include "linux/ns.h"

static void in_a_namespace(int (*what)(int sock))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int sock = unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? -1 : netlink_open();

		_exit(sock < 0 ? 77 : what(sock));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0 && WEXITSTATUS(status) != 77)
		fail_msg("the child's answer is %#x", status);
}

static int make_veth(int sock, const char *name)
{
	static const struct { struct rtattr a; char kind[8]; } kind = { { 4 + 5, IFLA_INFO_KIND }, "veth" };
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	netlink_add_text(&m, IFLA_IFNAME, name);
	netlink_add(&m, IFLA_LINKINFO, &kind, sizeof(kind));
	return netlink_call(sock, &m, NULL, NULL);
}

static int find_by_name(int sock)
{
	char name[IFNAMSIZ];

	if (netdev_index(sock, "lo") != 1 || netdev_index(sock, "none") != -ENODEV)
		return 1;
	if (make_veth(sock, "eth0") < 0)
		return 77;
	if (netdev_free_name(sock, "lo", name) != -EEXIST || netdev_free_name(sock, "eth%d", name) != 0)
		return 2;
	if (strcmp(name, "eth1") != 0 || netdev_free_name(sock, "a%db", name) != 0 || strcmp(name, "a0b") != 0)
		return 3;
	if (netdev_free_name(sock, "a-name-too-long-by-far", name) != -EINVAL)
		return 4;
	return netdev_free_name(sock, "a-longer-name-%d-", name) == -EINVAL ? 0 : 5;
}

static void names_are_found_and_made(void **state)
{
	in_a_namespace(find_by_name);
}

static const struct netdev_address v4 = { .family = AF_INET, .prefix = 24, .size = 4, .local = { 10, 1, 2, 3 },
					  .peer = { 10, 1, 2, 3 }, .broadcast = { 10, 1, 2, 255 }, .has_broadcast = true,
					  .label = "eth0:a" };
static const struct netdev_address point = { .family = AF_INET, .prefix = 32, .size = 4, .local = { 10, 9, 0, 1 },
					     .peer = { 10, 9, 0, 2 }, .metric = 77, .flags = IFA_F_NOPREFIXROUTE,
					     .label = "eth0" };
static const struct netdev_address v6 = { .family = AF_INET6, .prefix = 64, .size = 16, .local = { 0xfd, [15] = 7 },
					  .peer = { 0xfd, [15] = 7 }, .flags = IFA_F_NODAD };

static bool has(const struct netdev_addresses *list, const struct netdev_address *a)
{
	for (size_t i = 0; i < list->n; i++)
		if (memcmp(&list->items[i].local, &a->local, a->size) == 0)
			return memcmp(&list->items[i].peer, &a->peer, a->size) == 0 && list->items[i].family == a->family &&
			       list->items[i].prefix == a->prefix && list->items[i].metric == a->metric &&
			       (list->items[i].flags & a->flags) == a->flags &&
			       list->items[i].has_broadcast == a->has_broadcast && strcmp(list->items[i].label, a->label) == 0;
	return false;
}

static int add_temporary(int sock, int index)
{
	const struct ifaddrmsg to = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = (uint32_t)index };
	const struct ifa_cacheinfo life = { .ifa_prefered = 1000, .ifa_valid = 1000 };
	const uint8_t address[4] = { 10, 5, 5, 5 };
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWADDR, NLM_F_CREATE, &to, sizeof(to));
	netlink_add(&m, IFA_LOCAL, address, 4);
	netlink_add(&m, IFA_CACHEINFO, &life, sizeof(life));
	return netlink_call(sock, &m, NULL, NULL);
}

static int write_and_read(int sock)
{
	static const struct netdev_address *const all[] = { &v4, &point, &v6 };
	struct netdev_addresses list;
	int index;

	if (make_veth(sock, "eth0") < 0)
		return 77;
	index = netdev_index(sock, "eth0");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (netdev_add_address(sock, index, all[i]) < 0)
			return 1;
	if (add_temporary(sock, index) < 0 || netdev_up(sock, index) < 0)
		return 2;
	/* Neither what ends by itself nor what the link has alone. */
	if (netdev_addresses(sock, index, &list) < 0 || list.n != ARRAY_SIZE(all))
		return 3;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!has(&list, all[i]))
			return 4 + (int)i;
	free(list.items);
	if (netdev_add_address(sock, index, &v4) != -EEXIST)
		return 8;
	return netdev_addresses(sock, 1, &list) == 0 && list.n == 0 ? 0 : 9;
}

static void addresses_are_read_as_they_were_given(void **state)
{
	in_a_namespace(write_and_read);
}

static int move_one(int here)
{
	autofd int old = ns_open("/proc/self/ns/net", NS_NET), there = -EBADF, new = -EBADF;
	int index;

	if (old < 0 || make_veth(here, "eth0") < 0 || unshare(CLONE_NEWNET) < 0)
		return 77;
	there = netlink_open();
	new = ns_open("/proc/self/ns/net", NS_NET);
	index = netdev_index(here, "eth0");
	if (netdev_move(here, index, new, "inside") < 0)
		return 1;
	if (netdev_index(here, "eth0") != -ENODEV || netdev_index(there, "inside") <= 0)
		return 2;
	if (netdev_move(here, 1, new, "lo1") != -EINVAL) /* it belongs to its namespace */
		return 3;
	return netdev_index(there, "lo1") == -ENODEV ? 0 : 4;
}

static void a_device_is_moved_under_a_new_name(void **state)
{
	in_a_namespace(move_one);
}

static void names_that_the_kernel_refuses_are_known(void **state)
{
	static const struct { const char *name; bool good; } rows[] = {
		{ "eth0", true }, { "a.1", true }, { "eth%d", true }, { "fifteen-letters", true }, { "sixteen--letters", false },
		{ "", false }, { ".", false }, { "..", false }, { "a/b", false }, { "a:b", false }, { "a b", false },
		{ "a\tb", false }, { "a\n", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(netdev_is_name(rows[i].name), rows[i].good);
}

static void a_message_that_does_not_fit_is_not_sent(void **state)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	static const char much[400];
	struct netlink_message m;

	netlink_begin(&m, RTM_NEWLINK, 0, &link, sizeof(link));
	for (int i = 0; i < 4; i++)
		netlink_add(&m, IFLA_IFALIAS, much, sizeof(much));
	assert_true(m.header.nlmsg_len <= NETLINK_ROOM);
	assert_int_equal(netlink_call(-1, &m, NULL, NULL), -EMSGSIZE);
}

static void an_attribute_that_is_cut_is_not_found(void **state)
{
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct netlink_message m;
	struct rtattr *first = (struct rtattr *)(m.bytes + NLMSG_SPACE(sizeof(link)));

	netlink_begin(&m, RTM_NEWLINK, 0, &link, sizeof(link));
	netlink_add_text(&m, IFLA_IFNAME, "eth0");
	netlink_add_u32(&m, IFLA_MTU, 1500);
	assert_non_null(netlink_find(&m.header, sizeof(link), IFLA_MTU, 4));
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_MTU, 5));
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_LINK, 0));
	m.header.nlmsg_len -= 4;
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_MTU, 4));
	first->rta_len = 0;
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_MTU, 4));
	first->rta_len = 0xffff;
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_IFNAME, 1));
	m.header.nlmsg_len = sizeof(m.header);
	assert_null(netlink_find(&m.header, sizeof(link), IFLA_IFNAME, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_and_made),
		cmocka_unit_test(addresses_are_read_as_they_were_given),
		cmocka_unit_test(a_device_is_moved_under_a_new_name),
		cmocka_unit_test(names_that_the_kernel_refuses_are_known),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_sent),
		cmocka_unit_test(an_attribute_that_is_cut_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
