/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/console.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/own.h"

int console_connect(const char *path, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int fd = -EBADF;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, ERR_INVALID, "console socket '%s': the path is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(e, errno, "connect to console socket '%s'", path);
	return take_fd(fd);
}

int console_open(const char *socket, bool terminal, bool detach, struct foreground *f, struct err *e)
{
	if (socket)
		return console_connect(socket, e);
	if (!terminal)
		return -EBADF;
	if (detach)
		return err_set(e, ERR_INVALID, "a detached process with a terminal needs --console-socket");
	return foreground_console(f, e);
}
