/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"

enum { ANSWERS = 32 << 10 /* bytes: the kernel's own size of a piece of a dump */ };

void netlink_begin(struct netlink_message *m, uint16_t type, uint16_t flags, const void *family, size_t size)
{
	*m = (struct netlink_message){ .header = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
						   .nlmsg_seq = 1, .nlmsg_len = (uint32_t)NLMSG_SPACE(size) } };
	memcpy(NLMSG_DATA(&m->header), family, size);
}

void netlink_add(struct netlink_message *m, uint16_t type, const void *data, size_t size)
{
	struct rtattr attribute = { .rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type };
	char *at = m->bytes + m->header.nlmsg_len;

	if (size > NETLINK_ROOM || m->header.nlmsg_len + RTA_SPACE(size) > NETLINK_ROOM) {
		m->overflow = true;
		return;
	}
	memcpy(at, &attribute, sizeof(attribute));
	memcpy(at + RTA_LENGTH(0), data, size);
	m->header.nlmsg_len += (uint32_t)RTA_SPACE(size);
}

void netlink_add_text(struct netlink_message *m, uint16_t type, const char *text)
{
	netlink_add(m, type, text, strlen(text) + 1);
}

void netlink_add_u32(struct netlink_message *m, uint16_t type, uint32_t value)
{
	netlink_add(m, type, &value, sizeof(value));
}

int netlink_open(void)
{
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return sock < 0 ? -errno : sock;
}

struct reading {
	int (*take)(const struct nlmsghdr *answer, void *arg);
	void *arg;
	int result;
	bool multi, interrupted;
};

/* 1: that was the end. */
static int read_error(const struct nlmsghdr *h, struct reading *r)
{
	const struct nlmsgerr *said = netlink_data(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*said)))
		return -EPROTO;
	return said->error < 0 ? said->error : 1;
}

static int read_answer(const struct nlmsghdr *h, struct reading *r)
{
	int result;

	r->interrupted |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (h->nlmsg_type == NLMSG_ERROR)
		return read_error(h, r);
	if (h->nlmsg_type == NLMSG_DONE)
		return 1;
	if (h->nlmsg_type < NLMSG_MIN_TYPE || !r->take)
		return 0;
	result = r->take(h, r->arg);
	if (result < 0 && r->result == 0)
		r->result = result;
	return 0;
}

static int read_answers(const char *bytes, size_t len, uint32_t seq, struct reading *r)
{
	int end = 0;

	while (end == 0 && len >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *h = (const void *)bytes;
		size_t step;

		if (h->nlmsg_len < sizeof(*h) || h->nlmsg_len > len)
			return -EPROTO;
		if (h->nlmsg_seq == seq)
			end = read_answer(h, r);
		step = NLMSG_ALIGN(h->nlmsg_len);
		bytes += step < len ? step : len;
		len -= step < len ? step : len;
	}
	return end;
}

static ssize_t receive(int sock, char *to)
{
	struct sockaddr_nl from = { .nl_family = AF_UNSPEC };
	struct iovec iov = { .iov_base = to, .iov_len = ANSWERS };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = recvmsg(sock, &msg, 0);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0)); /* not from the kernel */
	if (n < 0)
		return -errno;
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

/* A request that is no dump is answered and then acknowledged; a dump ends with DONE. */
int netlink_call(int sock, struct netlink_message *m, int (*take)(const struct nlmsghdr *answer, void *arg), void *arg)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct reading r = { .take = take, .arg = arg };
	autofree char *bytes = malloc(ANSWERS);
	int end = 0;

	if (!bytes)
		return -ENOMEM;
	if (m->overflow)
		return -EMSGSIZE;
	if ((m->header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		m->header.nlmsg_flags |= NLM_F_ACK;
	if (sendto(sock, m->bytes, m->header.nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	while (end == 0) {
		ssize_t n = receive(sock, bytes);

		end = n < 0 ? (int)n : read_answers(bytes, (size_t)n, m->header.nlmsg_seq, &r);
	}
	if (end < 0)
		return end;
	return r.result < 0 ? r.result : r.interrupted ? -EINTR : 0;
}

const struct rtattr *netlink_find(const struct nlmsghdr *answer, size_t size, uint16_t type, size_t least)
{
	const char *at = (const char *)answer + NLMSG_SPACE(size);
	size_t left = answer->nlmsg_len > NLMSG_SPACE(size) ? answer->nlmsg_len - NLMSG_SPACE(size) : 0;

	while (left >= sizeof(struct rtattr)) {
		const struct rtattr *a = (const void *)at;
		size_t step = RTA_ALIGN(a->rta_len);

		if (a->rta_len < sizeof(*a) || a->rta_len > left)
			return NULL;
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return RTA_PAYLOAD(a) >= least ? a : NULL;
		at += step < left ? step : left;
		left -= step < left ? step : left;
	}
	return NULL;
}
