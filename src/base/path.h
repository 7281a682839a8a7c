/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The only door to paths that a user, an image or a container named: openat2 with a named policy. What comes back is a
 * descriptor, and only the descriptor is used from then on; a path is never resolved twice.
 */

#include <stdbool.h>
#include <sys/types.h>

enum path_policy {
	/* Our own state below a directory of ours: no symlink anywhere, never above `root`. */
	PATH_OWN,
	/* A path inside an image or container: absolute names and symlinks are resolved as if `root` were "/";
	 * magic links (/proc/PID/fd/N) are refused. */
	PATH_IN_ROOT,
	/* As PATH_IN_ROOT, and the result must lie on the same mount as `root`. */
	PATH_IN_ROOT_SAME_MOUNT,
	/* As PATH_IN_ROOT, and the last component must not be a symlink: trailing slashes are stripped first. */
	PATH_IN_ROOT_NOFOLLOW,
	/* A path of the host that the caller typed: ordinary resolution, only magic links are refused. */
	PATH_HOST,
	/* As PATH_HOST with magic links: /proc/PID/ns/net, /dev/fd/3; for namespace paths and bind sources. */
	PATH_HOST_MAGIC,
};

/* Opens `path` relative to `root` (AT_FDCWD: the working directory), always O_CLOEXEC, and O_NOCTTY | O_NONBLOCK cleared
 * by nobody: pass what you need in `flags`. `mode` counts with O_CREAT only. Returns the descriptor or -errno:
 * -ELOOP where the policy forbids a link, -EXDEV where the path leaves `root`. */
int path_open(int root, const char *path, enum path_policy policy, int flags, mode_t mode);

/* Makes every missing directory of `path` below `root` (PATH_IN_ROOT or PATH_OWN) with `mode` and opens the last one
 * O_PATH | O_DIRECTORY. An existing file in the way is -ENOTDIR. */
int path_make_dirs(int root, const char *path, enum path_policy policy, mode_t mode);

/* Opens a path inside an image, PATH_IN_ROOT, O_PATH, and makes what is missing of it, also behind symlinks that dangle:
 * directories, and as last component a directory or an empty file. What is there stays as it is, whatever it is. */
int path_make(int root, const char *path, bool directory, mode_t directory_mode, mode_t file_mode, bool *ret_made);

/* Opens the directory that holds the last component of `path` and returns that component, borrowed from `path`, in
 * *ret_name. "." and ".." and "" as last components are -EINVAL. Trailing slashes are not accepted: -EINVAL. */
int path_open_parent(int root, const char *path, enum path_policy policy, const char **ret_name);

/* "/proc/self/fd/N" for interfaces that take no descriptor; `to` has at least PATH_FD_LEN bytes. Returns `to`. */
enum { PATH_FD_LEN = 32 };
char *path_of_fd(int fd, char *to);

/* Where a descriptor of a file with a name is now, on the heap: NULL with errno. */
char *path_name_of(int fd);

/* Removes `name` below `dir` with all it contains, never following a symlink or crossing a mount.
 * -ENOENT if it is not there. */
int path_remove_tree(int dir, const char *name);
