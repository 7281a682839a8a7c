/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/ns.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/own.h"
#include "base/path.h"

enum { NSFS_MAGIC = 0x6e736673 };

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
	int flag;
	const char *file;
} kinds[NS_KINDS] = {
	[NS_USER] = { CLONE_NEWUSER, "user" },	    [NS_PID] = { CLONE_NEWPID, "pid" },
	[NS_NET] = { CLONE_NEWNET, "net" },	    [NS_MNT] = { CLONE_NEWNS, "mnt" },
	[NS_IPC] = { CLONE_NEWIPC, "ipc" },	    [NS_UTS] = { CLONE_NEWUTS, "uts" },
	[NS_CGROUP] = { CLONE_NEWCGROUP, "cgroup" }, [NS_TIME] = { CLONE_NEWTIME, "time" },
};

int ns_flag(enum ns_kind kind)
{
	return kinds[kind].flag;
}

const char *ns_file(enum ns_kind kind)
{
	return kinds[kind].file;
}

/* O_PATH first: opening a FIFO or a device has effects, looking at it has none. */
int ns_open(const char *path, enum ns_kind kind)
{
	autofd int look = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_PATH, 0), fd = -EBADF;
	char proc[PATH_FD_LEN];
	struct statfs fs;
	int type;

	if (look < 0)
		return look;
	if (fstatfs(look, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -EINVAL;
	fd = path_open(AT_FDCWD, path_of_fd(look, proc), PATH_HOST_MAGIC, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return -errno;
	return type == kinds[kind].flag ? take_fd(fd) : -EINVAL;
}

int ns_open_of(int proc_pid_fd, enum ns_kind kind)
{
	char name[16] = "ns/";

	strncat(name, kinds[kind].file, sizeof(name) - 4);
	return path_open(proc_pid_fd, name, PATH_HOST_MAGIC, O_RDONLY, 0);
}

int ns_open_own(enum ns_kind kind)
{
	char path[32] = "/proc/self/ns/";

	strncat(path, kinds[kind].file, sizeof(path) - strlen(path) - 1);
	return path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_RDONLY, 0);
}

bool ns_is_own(int fd, enum ns_kind kind)
{
	autofd int own = ns_open_own(kind);
	struct stat a, b;

	return own >= 0 && fstat(fd, &a) == 0 && fstat(own, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int ns_enter(int fd, enum ns_kind kind)
{
	return setns(fd, kinds[kind].flag) < 0 ? -errno : 0;
}

int ns_loopback_up(void)
{
	autofd int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (sock < 0)
		return -errno;
	return ioctl(sock, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}
