/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/listener.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

enum { WITH_DESCRIPTOR = 4096 /* bytes that travel with it; an agent that reads once sees a state of usual size whole */ };

/* Through the directory, since the path may be too long for sun_path. */
int listener_connect(const struct oci_seccomp *spec, struct listener *ret, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), dir = -EBADF;
	const char *name;

	if (sock < 0)
		return err_sys(e, errno, "make a socket");
	dir = path_open_parent(AT_FDCWD, spec->listener_path, PATH_HOST, &name);
	if (dir < 0)
		return err_sys(e, -dir, "linux.seccomp.listenerPath '%.300s'", spec->listener_path);
	if (snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir, name) >=
	    (int)sizeof(address.sun_path))
		return err_set(e, ERR_INVALID, "linux.seccomp.listenerPath '%.300s': the name is too long", spec->listener_path);
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(e, errno, "connect to the seccomp agent at linux.seccomp.listenerPath '%.300s'",
			       spec->listener_path);
	*ret = (struct listener){ .sock = take_fd(sock), .spec = spec };
	return 0;
}

void listener_done(struct listener *listener)
{
	own_close(&listener->sock);
	listener->sock = -EBADF;
}

int listener_give(int fd, void *arg)
{
	static const struct err no_error = ERR_INIT;

	return io_send_fds(*(const int *)arg, &no_error, sizeof(no_error), &fd, 1);
}

static void write_message(const struct listener *l, struct str *to)
{
	struct json_writer w = { .out = to };

	json_object_begin(&w, NULL);
	json_add_string(&w, "ociVersion", l->state->oci_version);
	json_array_begin(&w, "fds");
	json_add_string(&w, NULL, "seccompFd");
	json_array_end(&w);
	json_add_i64(&w, "pid", l->pid);
	if (l->spec->listener_metadata && l->spec->listener_metadata[0])
		json_add_string(&w, "metadata", l->spec->listener_metadata);
	state_add(l->state, l->status, l->state->pid, &w, "state");
	json_object_end(&w);
}

/* The descriptor goes with the first bytes, the connection ends with the last. */
static int send_listener(const struct listener *l, int fd, struct err *e)
{
	autostr struct str text = STR_INIT;
	size_t first;
	int r;

	write_message(l, &text);
	if (text.failed)
		return err_nomem(e);
	first = text.len < WITH_DESCRIPTOR ? text.len : WITH_DESCRIPTOR;
	r = io_send_fds(l->sock, text.data, first, &fd, 1);
	if (r == 0 && text.len > first)
		r = io_write_full(l->sock, text.data + first, text.len - first);
	if (r == 0)
		(void)shutdown(l->sock, SHUT_RDWR);
	return r < 0 ? err_sys(e, -r, "send the seccomp listener to '%.300s'", l->spec->listener_path) : 0;
}

/* 1: the process has said its last word. */
static int take_word(int report, const struct listener *l, struct err *e)
{
	autofd int fd = -EBADF;
	struct err word;
	size_t n = 1;
	ssize_t got = io_recv_fds(report, &word, sizeof(word), &fd, &n);

	if (got == 0)
		return 1;
	if (got != (ssize_t)sizeof(word))
		return err_sys(e, got < 0 ? (int)-got : EPROTO, "wait for the program to start");
	if (word.code == ERR_NONE && n == 1 && l->sock >= 0)
		return send_listener(l, fd, e);
	if (e)
		*e = word;
	return -1;
}

int listener_wait_exec(int report, const struct listener *listener, struct err *e)
{
	int r;

	do
		r = take_word(report, listener, e);
	while (r == 0);
	return r < 0 ? -1 : 0;
}
