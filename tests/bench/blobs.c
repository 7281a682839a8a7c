/* SPDX-License-Identifier: Apache-2.0 */

/*
 * blobs HOST PORT PATH CONNECTIONS REQUESTS: GETs over kept connections, one request at a time on each, as fast as the
 * server answers; a process a connection. Prints requests a second. The answer's length is taken from
 * its Content-Length; what is read is thrown away in the kernel (MSG_TRUNC), so that the client costs little.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The bytes of one answer's body. */
static long long answer(int fd)
{
	static char in[65536];
	long long length, left;
	size_t n = 0;
	char *end = NULL, *field;

	while (!end) {
		ssize_t r = recv(fd, in + n, sizeof(in) - 1 - n, 0);

		if (r <= 0)
			die("recv");
		n += (size_t)r;
		in[n] = '\0';
		end = strstr(in, "\r\n\r\n");
	}
	field = strcasestr(in, "\r\ncontent-length:");
	if (!field || field > end || strncmp(in, "HTTP/1.1 200", 12) != 0) {
		fprintf(stderr, "not an answer: %.200s\n", in);
		exit(1);
	}
	length = atoll(field + 17);
	left = length - (long long)(n - (size_t)(end + 4 - in));
	while (left > 0) {
		ssize_t r = recv(fd, in, left < (long long)sizeof(in) << 4 ? (size_t)left : sizeof(in) << 4, MSG_TRUNC);

		if (r <= 0)
			die("recv");
		left -= r;
	}
	return length;
}

static void client(char **argv, long requests)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2])) };
	char request[1024];
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, len;

	len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3], argv[1]);
	inet_pton(AF_INET, argv[1], &to.sin_addr);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	for (long i = 0; i < requests; i++) {
		if (send(fd, request, (size_t)len, 0) != len)
			die("send");
		answer(fd);
	}
	exit(0);
}

int main(int argc, char **argv)
{
	int connections, failed = 0, status;
	long requests;
	double start;

	if (argc != 6)
		return 2;
	connections = atoi(argv[4]);
	requests = atol(argv[5]) / connections;
	start = now();
	for (int i = 0; i < connections; i++)
		if (fork() == 0)
			client(argv, requests);
	while (wait(&status) > 0)
		failed |= status;
	printf("%.1f\n", (double)(requests * connections) / (now() - start));
	return failed != 0;
}
