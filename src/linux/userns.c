/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "linux/ns.h"

enum { USERNS_MAP_BYTES = 340 * 36 };

int userns_write_map(int proc_pid_fd, const char *file, const struct userns_map *map)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < map->n; i++)
		str_addf(&text, "%u %u %u\n", map->extents[i].inside, map->extents[i].outside, map->extents[i].size);
	return text.failed ? -ENOMEM : file_write_text(proc_pid_fd, file, str_text(&text));
}

int userns_deny_setgroups(int proc_pid_fd)
{
	return file_write_text(proc_pid_fd, "setgroups", "deny");
}

int userns_parse_map(const char *text, struct userns_map *ret)
{
	struct { struct userns_extent *items; size_t n; } extents = { .items = NULL };
	struct userns_extent x;
	int len;

	while (sscanf(text, "%u %u %u %n", &x.inside, &x.outside, &x.size, &len) == 3) {
		struct userns_extent *item = vec_add(&extents);

		if (!item) {
			free(extents.items);
			return -ENOMEM;
		}
		*item = x;
		text += len;
	}
	*ret = (struct userns_map){ extents.items, extents.n };
	return 0;
}

int userns_read_map(int proc_pid_fd, const char *file, struct userns_map *ret)
{
	autostr struct str text = STR_INIT;
	struct err e = ERR_INIT;

	if (file_read(proc_pid_fd, file, USERNS_MAP_BYTES, &text, &e) < 0)
		return e.number ? -e.number : -EIO;
	return userns_parse_map(str_text(&text), ret);
}

bool userns_same_map(const struct userns_map *a, const struct userns_map *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->extents, b->extents, a->n * sizeof(*a->extents)) == 0);
}

bool userns_outside(const struct userns_map *map, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct userns_extent *x = &map->extents[i];

		if (inside >= x->inside && inside - x->inside < x->size) {
			*ret = x->outside + (inside - x->inside);
			return true;
		}
	}
	return false;
}

static int write_maps(pid_t pid, const struct userns_map *uids, const struct userns_map *gids)
{
	char path[32];
	autofd int proc = -EBADF;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	proc = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	if (proc < 0)
		return proc;
	r = userns_write_map(proc, "uid_map", uids);
	if (r == 0)
		r = userns_write_map(proc, "gid_map", gids);
	return r < 0 ? r : ns_open_of(proc, NS_USER);
}

/* A child lends its namespace; it dies with us should we die first. */
int userns_make(const struct userns_map *uids, const struct userns_map *gids)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t parent = getpid(), pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	int fd;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it died before */
			_exit(1);
		for (;;)
			(void)pause();
	}
	fd = write_maps(pid, uids, gids);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return fd;
}

bool userns_is_machine_root(void)
{
	return getauxval(AT_EUID) == 0 && userns_is_initial();
}

/* Its inode number is the same on every kernel (PROC_USER_INIT_INO). */
bool userns_is_initial(void)
{
	static enum { UNKNOWN, INITIAL, OTHER } known;
	struct stat st;

	if (known == UNKNOWN)
		known = stat("/proc/self/ns/user", &st) == 0 && st.st_ino == 0xEFFFFFFDU ? INITIAL : OTHER;
	return known == INITIAL;
}
