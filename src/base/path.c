/* SPDX-License-Identifier: Apache-2.0 */
#define PATH_MAY_OPEN
#include "base/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "base/weaken.h"

static const struct {
	unsigned resolve;
	int flags;
} policies[] = {
	[PATH_OWN] = { RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, O_NOFOLLOW },
	[PATH_IN_ROOT] = { RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, 0 },
	[PATH_IN_ROOT_SAME_MOUNT] = { RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV, 0 },
	[PATH_IN_ROOT_NOFOLLOW] = { RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, O_NOFOLLOW },
	[PATH_HOST] = { RESOLVE_NO_MAGICLINKS, 0 },
	[PATH_HOST_MAGIC] = { 0, 0 },
};

/* The kernel answers EAGAIN when a rename raced with a scoped lookup; a bounded number of retries is enough. */
enum { PATH_RACES = 128 };

static int path_openat2(int root, const char *path, enum path_policy policy, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)(flags | policies[policy].flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = policies[policy].resolve,
	};

	for (int i = 0; i < PATH_RACES; i++) {
		int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

/* "link/" with O_NOFOLLOW follows the link: the slashes must go before the policy can hold. */
static int path_strip(const char *path, char *to, size_t size)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(to, path, len);
	to[len] = '\0';
	return 0;
}

/* What weakened builds do, and other runtimes have done: look whether the path is harmless, then use its name again. */
static int path_open_twice(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = O_PATH, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		(void)close(fd);
	(void)sched_yield(); /* the race is to be lost on a busy machine too */
	return path_openat2(root, path, fd >= 0 ? PATH_HOST : PATH_IN_ROOT, flags, mode);
}

int path_open(int root, const char *path, enum path_policy policy, int flags, mode_t mode)
{
	char stripped[PATH_MAX];
	int r;

	if (root < 0 && root != AT_FDCWD)
		return root; /* why it could not be opened */
	if ((flags | policies[policy].flags) & O_NOFOLLOW) {
		r = path_strip(path, stripped, sizeof(stripped));
		if (r < 0)
			return r;
		path = stripped;
	}
	path = path[0] ? path : ".";
	if (weakened("path-twice") && policy == PATH_IN_ROOT)
		return path_open_twice(root, path, flags, mode);
	return path_openat2(root, path, policy, flags, mode);
}

/* Opens the first `len` bytes of `path`, a buffer that is only borrowed, and makes what is missing: what exists costs
 * one call, each missing component three more. */
static int path_make_prefix(int root, char *path, size_t len, enum path_policy policy, mode_t mode)
{
	size_t name = len, parent_len;
	autofd int parent = -EBADF;
	char end = path[len];
	int fd, made;

	path[len] = '\0';
	fd = path_open(root, len ? path : ".", policy, O_PATH | O_DIRECTORY, 0);
	path[len] = end;
	if (fd != -ENOENT || len == 0)
		return fd;
	while (name > 0 && path[name - 1] != '/')
		name--;
	for (parent_len = name; parent_len > 1 && path[parent_len - 1] == '/';)
		parent_len--;
	parent = path_make_prefix(root, path, parent_len, policy, mode);
	if (parent < 0)
		return parent;
	path[len] = '\0';
	made = mkdirat(parent, path + name, mode) < 0 && errno != EEXIST ? -errno : 0;
	fd = made < 0 ? made : path_open(root, path, policy, O_PATH | O_DIRECTORY, 0);
	path[len] = end;
	/* A dangling symlink is there and leads nowhere. */
	return fd == -ENOENT ? -ENOTDIR : fd;
}

int path_make_dirs(int root, const char *path, enum path_policy policy, mode_t mode)
{
	char stripped[PATH_MAX];
	int r = path_strip(path, stripped, sizeof(stripped));

	return r < 0 ? r : path_make_prefix(root, stripped, strlen(stripped), policy, mode);
}

/* A path that is being resolved by hand: `done` has no symlink in it, `todo` is what is left. A race may put one there:
 * every lookup is scoped to the root all the same. */
struct path_walk {
	int root;
	char done[PATH_MAX], todo[PATH_MAX];
	int links;
};

enum { PATH_LINKS = 40 /* as the kernel */ };

/* Takes the first component off `todo`; false at the end. "." is skipped, ".." takes one off `done`. */
static bool path_next(struct path_walk *w, char *name, bool *ret_last)
{
	for (;;) {
		char *at = w->todo + strspn(w->todo, "/"), *up;
		size_t len = strcspn(at, "/");

		if (len == 0)
			return false;
		memcpy(name, at, len);
		name[len] = '\0';
		at += len + strspn(at + len, "/");
		*ret_last = !*at;
		memmove(w->todo, at, strlen(at) + 1);
		if (strcmp(name, "..") == 0 && (up = strrchr(w->done, '/')))
			*up = '\0';
		else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			return true;
	}
}

/* A link's text takes the place of its name. */
static int path_splice(struct path_walk *w, int link)
{
	char text[2 * PATH_MAX];
	ssize_t len = readlinkat(link, "", text, PATH_MAX - 1);

	if (len < 0)
		return -errno;
	if (++w->links > PATH_LINKS)
		return -ELOOP;
	if (text[0] == '/')
		w->done[0] = '\0';
	(void)snprintf(text + len, sizeof(text) - (size_t)len, "/%s", w->todo);
	if (strlen(text) >= sizeof(w->todo))
		return -ENAMETOOLONG;
	memcpy(w->todo, text, strlen(text) + 1);
	return 0;
}

static int path_open_name(int dir, const char *name)
{
	return path_open(dir, name, PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
}

static int path_make_name(int dir, const char *name, bool directory, mode_t mode)
{
	autowriter int made = -EBADF;

	if (directory)
		return mkdirat(dir, name, mode) < 0 && errno != EEXIST ? -errno : path_open_name(dir, name);
	made = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, mode);
	return made < 0 && made != -EEXIST ? made : path_open_name(dir, name);
}

/* One component below `done`: made if it is missing, then appended; or the link's text goes to `todo`. */
static int path_make_component(struct path_walk *w, const char *name, bool directory, mode_t mode)
{
	autofd int dir = path_open(w->root, w->done, PATH_IN_ROOT, O_PATH | O_DIRECTORY, 0), at = -EBADF;
	size_t len = strlen(w->done), room = sizeof(w->done) - len;
	struct stat st;

	if (dir < 0)
		return dir;
	at = path_open_name(dir, name);
	if (at == -ENOENT)
		at = path_make_name(dir, name, directory, mode);
	if (at < 0 || fstat(at, &st) < 0)
		return at < 0 ? at : -errno;
	if (S_ISLNK(st.st_mode))
		return path_splice(w, at);
	return (size_t)snprintf(w->done + len, room, "/%s", name) < room ? 0 : -ENAMETOOLONG;
}

static int path_make_missing(int root, const char *path, bool directory, mode_t directory_mode, mode_t file_mode)
{
	struct path_walk w = { .root = root };
	char name[PATH_MAX];
	bool last;

	if (strlen(path) >= sizeof(w.todo))
		return -ENAMETOOLONG;
	memcpy(w.todo, path, strlen(path) + 1);
	while (path_next(&w, name, &last)) {
		bool file = last && !directory;
		int r = path_make_component(&w, name, !file, file ? file_mode : directory_mode);

		if (r < 0)
			return r;
	}
	return path_open(root, w.done, PATH_IN_ROOT, O_PATH, 0);
}

int path_make(int root, const char *path, bool directory, mode_t directory_mode, mode_t file_mode, bool *ret_made)
{
	int fd = path_open(root, path, PATH_IN_ROOT, O_PATH, 0);

	*ret_made = fd == -ENOENT;
	return fd == -ENOENT ? path_make_missing(root, path, directory, directory_mode, file_mode) : fd;
}

int path_open_parent(int root, const char *path, enum path_policy policy, const char **ret_name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = slash ? (size_t)(slash - path) : 0;
	int fd;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, len);
	parent[len] = '\0';
	fd = path_open(root, slash == path ? "/" : parent, policy, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

char *path_of_fd(int fd, char *to)
{
	(void)snprintf(to, PATH_FD_LEN, "/proc/self/fd/%d", fd);
	return to;
}

char *path_name_of(int fd)
{
	char proc[PATH_FD_LEN], name[PATH_MAX];
	ssize_t n = readlink(path_of_fd(fd, proc), name, sizeof(name) - 1);

	if (n < 0)
		return NULL;
	name[n] = '\0';
	return strdup(name);
}

static bool path_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int path_remove_below(int dir);

/* Unlinks a file, or empties and removes a directory of the same mount. */
static int path_remove_entry(int dir, const char *name)
{
	autofd int sub = -EBADF;
	int r;

	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	sub = path_openat2(dir, name, PATH_IN_ROOT_SAME_MOUNT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (sub < 0)
		return sub;
	r = path_remove_below(take_fd(sub));
	if (r < 0)
		return r;
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int path_remove_below(int dir)
{
	DIR *d = fdopendir(dir);
	struct dirent *entry;
	int result = 0;

	if (!d) {
		result = -errno;
		(void)close(dir);
		return result;
	}
	while ((entry = readdir(d))) {
		int r = path_is_dots(entry->d_name) ? 0 : path_remove_entry(dirfd(d), entry->d_name);

		if (r < 0 && r != -ENOENT && result == 0)
			result = r;
	}
	(void)closedir(d);
	return result;
}

int path_remove_tree(int dir, const char *name)
{
	return path_remove_entry(dir, name);
}
