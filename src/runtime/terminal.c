/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The pty is opened through the container's own devpts and its slave by TIOCGPTPEER: no path of the container is
 * involved, and a hostile devpts or /dev/console cannot stand in for it.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"

#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC 0x1cd1
#endif

static bool is_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC;
}

int terminal_open(int devpts, const struct oci_box *size, int *ret_slave, struct err *e)
{
	autofd int master = -EBADF, slave = -EBADF;
	struct winsize window = { .ws_row = 0 };
	int unlocked = 0;

	/* What the container has put in its place is not even opened. */
	if (!is_devpts(devpts))
		return err_set(e, ERR_INVALID, "a terminal needs a devpts on '/dev/pts'");
	master = path_open(devpts, "ptmx", PATH_OWN, O_RDWR | O_NOCTTY, 0);
	if (master < 0)
		return err_sys(e, -master, "open '/dev/pts/ptmx'");
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return err_sys(e, errno, "unlock the terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, errno, "open the terminal");
	if (size) {
		window.ws_row = (unsigned short)size->height;
		window.ws_col = (unsigned short)size->width;
		if (ioctl(master, TIOCSWINSZ, &window) < 0)
			return err_sys(e, errno, "set the size of the terminal");
	}
	*ret_slave = take_fd(slave);
	return take_fd(master);
}

int terminal_become(int slave, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, errno, "take the terminal as controlling terminal");
	for (int i = 0; i < 3; i++)
		if (dup3(slave, i, 0) < 0 && slave != i)
			return err_sys(e, errno, "connect the terminal");
	return 0;
}

/* The slave over /dev/console; another /dev than ours may lack it. */
static int bind_console(const struct container *c, int slave, struct err *e)
{
	autofd int target = c->dev_fd >= 0 ? path_open(c->dev_fd, "console", PATH_OWN, O_PATH, 0) :
					     path_open(c->root_fd, "dev/console", PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
	autofd int tree = -EBADF;
	int r;

	if (target < 0)
		return 0;
	tree = mount_clone(slave, "", false);
	r = tree < 0 ? tree : mount_attach(tree, target);
	return r < 0 ? err_sys(e, -r, "attach '/dev/console'") : 0;
}

int terminal_make(struct container *c, struct err *e)
{
	autofd int devpts = path_open(c->root_fd, "dev/pts", PATH_IN_ROOT, O_PATH | O_DIRECTORY, 0);
	autofd int master = -EBADF, slave = -EBADF;
	int r;

	if (devpts < 0)
		return err_sys(e, -devpts, "a terminal needs a devpts on '/dev/pts'");
	master = terminal_open(devpts, c->spec->process->console_size, &slave, e);
	if (master < 0)
		return -1;
	if (bind_console(c, slave, e) < 0)
		return -1;
	r = io_send_fds(c->how->console_socket, "/dev/pts/ptmx", strlen("/dev/pts/ptmx"), &master, 1);
	if (r < 0)
		return err_sys(e, -r, "send the terminal to the console socket");
	c->slave = take_fd(slave);
	return 0;
}
