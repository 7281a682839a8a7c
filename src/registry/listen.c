/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/own.h"
#include "base/str.h"

enum { BACKLOG = 1024 };

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static const char unix_word[] = "unix:";

static int parse_unix(const char *path, union address *a, socklen_t *ret_len)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(a->un.sun_path))
		return -EINVAL;
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, n + 1);
	*ret_len = sizeof(a->un);
	return 0;
}

static int parse_port(const char *text, in_port_t *ret)
{
	unsigned port = 0;

	if (!*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++)
		port = port * 10 + (unsigned)(*text - '0');
	*ret = htons((uint16_t)port);
	return port <= UINT16_MAX ? 0 : -EINVAL;
}

static int parse(const char *text, union address *a, socklen_t *ret_len)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	size_t n = colon ? (size_t)(colon - text) : 0;

	memset(a, 0, sizeof(*a));
	if (str_starts(text, unix_word))
		return parse_unix(text + strlen(unix_word), a, ret_len);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']' && n - 2 < sizeof(host)) {
		memcpy(host, text + 1, n - 2);
		host[n - 2] = '\0';
		a->in6.sin6_family = AF_INET6;
		*ret_len = sizeof(a->in6);
		return inet_pton(AF_INET6, host, &a->in6.sin6_addr) == 1 ? parse_port(colon + 1, &a->in6.sin6_port) : -EINVAL;
	}
	if (!colon || n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	a->in.sin_family = AF_INET;
	*ret_len = sizeof(a->in);
	/* ":5000" is every address, as for Docker's registry. */
	return n == 0 || inet_pton(AF_INET, host, &a->in.sin_addr) == 1 ? parse_port(colon + 1, &a->in.sin_port) : -EINVAL;
}

/* Only a socket that refuses connections was left behind. */
static void remove_stale(const union address *a, socklen_t len)
{
	autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &a->any, len) < 0 && errno == ECONNREFUSED)
		(void)unlink(a->un.sun_path);
}

int listen_open(const char *address, struct err *e)
{
	autofd int fd = -EBADF;
	const int on = 1;
	union address a;
	socklen_t len = 0;

	if (parse(address, &a, &len) < 0)
		return err_set(e, ERR_INVALID, "listen on '%s': ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH is wanted", address);
	if (a.any.sa_family == AF_UNIX)
		remove_stale(&a, len);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, errno, "listen on '%s'", address);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a.any.sa_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* inherited */
	if (a.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0)
		return err_sys(e, errno, "listen on '%s'", address);
	return take_fd(fd);
}

static char *format(const union address *a, char to[static LISTEN_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_INET)
		(void)snprintf(to, LISTEN_TEXT, "%s:%u", inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host)),
			       ntohs(a->in.sin_port));
	else if (a->any.sa_family == AF_INET6)
		(void)snprintf(to, LISTEN_TEXT, "[%s]:%u", inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof(host)),
			       ntohs(a->in6.sin6_port));
	else
		(void)snprintf(to, LISTEN_TEXT, "%s%s", unix_word, a->un.sun_path);
	return to;
}

char *listen_text(int fd, char to[static LISTEN_TEXT])
{
	union address a = { .any.sa_family = AF_UNIX };
	socklen_t len = sizeof(a) - 1;

	memset(&a, 0, sizeof(a));
	(void)getsockname(fd, &a.any, &len);
	return format(&a, to);
}

char *listen_peer(int fd, char to[static LISTEN_TEXT])
{
	union address a;
	socklen_t len = sizeof(a) - 1;

	memset(&a, 0, sizeof(a));
	(void)getpeername(fd, &a.any, &len);
	return format(&a, to);
}
