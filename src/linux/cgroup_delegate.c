/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * Giving a v2 group to the user of a container: the directory and the files in it that the kernel lists as safe to give
 * away, no others: with more he could raise his own limits. What is listed and not there is no error.
 */

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { LIST_MAX = 64 << 10 };

/* Before 4.15 the kernel did not list them. */
static const char without_list[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static int read_list(struct str *to)
{
	autofd int fd = path_open(AT_FDCWD, "/sys/kernel/cgroup/delegate", PATH_HOST, O_RDONLY, 0);

	if (fd >= 0)
		return io_read_all(fd, LIST_MAX, to);
	str_add(to, without_list);
	return fd == -ENOENT ? 0 : fd;
}

static int give_files(int group, uid_t owner)
{
	autostr struct str list = STR_INIT;
	int r = read_list(&list);
	char *save = NULL;

	for (char *file = r < 0 || list.len == 0 ? NULL : strtok_r(list.data, "\n", &save); file;
	     file = strtok_r(NULL, "\n", &save))
		if (fchownat(group, file, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return -errno;
	return r;
}

int cgroup_delegate(const struct cgroup_system *system, const char *path, uid_t owner, struct err *e)
{
	autofd int group = cgroup_v2_dir(system, path);
	int r = group < 0 ? group : give_files(group, owner);

	if (r == 0 && fchownat(group, "", owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
		r = -errno;
	return r < 0 ? err_sys(e, -r, "give cgroup '%s' to user %u", path, owner) : 0;
}
