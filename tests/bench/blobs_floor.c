/* SPDX-License-Identifier: Apache-2.0 */

/* blobs_floor FILE: the floor of tests/bench/registry. Whatever is asked, a fixed head and the file by sendfile; a process a
 * connection. Prints its port. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void serve(int fd, const char *path)
{
	char in[4096], head[128];
	struct stat st;

	while (recv(fd, in, sizeof(in), 0) > 0) {
		int file = open(path, O_RDONLY);
		off_t at = 0;
		int n;

		fstat(file, &st);
		n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n\r\n", (long long)st.st_size);
		if (send(fd, head, (size_t)n, MSG_MORE) != n)
			break;
		while (at < st.st_size && sendfile(fd, file, &at, (size_t)(st.st_size - at)) > 0)
			;
		close(file);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (argc != 2 || bind(listener, (struct sockaddr *)&a, len) < 0 || listen(listener, 64) < 0)
		return 1;
	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	getsockname(listener, (struct sockaddr *)&a, &len);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fork() == 0)
			serve(fd, argv[1]);
		close(fd);
	}
}
