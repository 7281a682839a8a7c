/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Network devices by route netlink. `sock` is a netlink socket: it names the network namespace that is meant. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Would the kernel take it as a device's name? */
bool netdev_is_name(const char *name);

int netdev_index(int sock, const char *name); /* > 0 or -errno; -ENODEV: there is none */

/* A name that the kernel can give: `pattern` itself, or with one %d in it the first number that is free. -EEXIST. */
int netdev_free_name(int sock, const char *pattern, char ret[static IFNAMSIZ]);

/* The device goes to another network namespace under another name, in one step: both or nothing. The kernel closes it and
 * takes its addresses. */
int netdev_move(int sock, int index, int netns, const char *name);
int netdev_up(int sock, int index);

struct netdev_address {
	uint8_t family, prefix;
	uint32_t flags;		/* IFA_F_* that are the owner's to set */
	uint8_t size;		/* of an address: 4 or 16 */
	uint8_t local[16], peer[16], broadcast[4];
	bool has_broadcast;
	uint32_t metric;	/* 0: none */
	char label[IFNAMSIZ];	/* "": none of its own */
};

struct netdev_addresses {
	struct netdev_address *items;
	size_t n;
};

/* The permanent addresses with global scope (RFC 3549, section 2.3.3.2), in the kernel's order. Freed by the caller. */
int netdev_addresses(int sock, int index, struct netdev_addresses *ret);
int netdev_add_address(int sock, int index, const struct netdev_address *address);
