/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Route netlink, as little of it as a static program needs: one message is built, sent, and its answers read until the
 * kernel has said that it is done. (Debian has no static libmnl.) A message is cut never: what does not fit makes it
 * overflow, and the call -EMSGSIZE.
 */

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETLINK_ROOM = 1024 };

struct netlink_message {
	union {
		struct nlmsghdr header;
		char bytes[NETLINK_ROOM];
	};
	bool overflow;
};

/* A message with the `size` bytes of its family's header. */
void netlink_begin(struct netlink_message *m, uint16_t type, uint16_t flags, const void *family, size_t size);
void netlink_add(struct netlink_message *m, uint16_t type, const void *data, size_t size);
void netlink_add_text(struct netlink_message *m, uint16_t type, const char *text);
void netlink_add_u32(struct netlink_message *m, uint16_t type, uint32_t value);

/* A socket in the network namespace of the caller, where it stays: a descriptor or -errno. */
int netlink_open(void);

/* Sends the message and waits for its end. Each answer goes to `take` (NULL: there are none to be had); a negative
 * result of it is remembered and returned. 0 or -errno, the kernel's too. A dump that was interrupted is -EINTR. */
int netlink_call(int sock, struct netlink_message *m, int (*take)(const struct nlmsghdr *answer, void *arg), void *arg);

/* What is behind an answer's header and behind an attribute's: NLMSG_DATA and RTA_DATA would drop the const. */
static inline const void *netlink_data(const struct nlmsghdr *answer)
{
	return (const char *)answer + NLMSG_HDRLEN;
}

static inline const void *netlink_value(const struct rtattr *attribute)
{
	return (const char *)attribute + RTA_LENGTH(0);
}

/* The attribute of a type behind a family's header of `size` bytes, NULL if the answer has none of at least `least`
 * bytes. */
const struct rtattr *netlink_find(const struct nlmsghdr *answer, size_t size, uint16_t type, size_t least);
