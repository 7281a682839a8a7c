/* SPDX-License-Identifier: Apache-2.0 */
#include "base/copy.h"

/*
 * Depth first, one pair of open directories a level: each name is looked up once, O_PATH, and the file is then reached
 * through that descriptor alone. COPY_DEPTH bounds the descriptors and the stack.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "base/own.h"
#include "base/path.h"

enum { COPY_DEPTH = 300, COPY_CHUNK = 1 << 20, COPY_XATTR = 1 << 16 };

struct copy {
	dev_t device; /* the file system of the top */
	int depth;
};

/* An O_PATH descriptor's file by the names that only take paths: the link in /proc leads to the file itself. */
static void copy_attributes(int from, int to)
{
	char from_path[PATH_FD_LEN], to_path[PATH_FD_LEN];
	autofree char *names = malloc(COPY_XATTR), *value = malloc(COPY_XATTR);
	ssize_t len = names && value ? listxattr(path_of_fd(from, from_path), names, COPY_XATTR) : -1;

	(void)path_of_fd(to, to_path);
	for (const char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t size = getxattr(from_path, name, value, COPY_XATTR);

		if (size >= 0)
			(void)setxattr(to_path, name, value, (size_t)size, 0);
	}
}

static void copy_owner(const struct stat *st, int to)
{
	if (fchownat(to, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) < 0)
		log_debug("a copy keeps its owner, ignoring");
}

/* The owner first: its change takes set-user-id bits and capabilities away. */
static void copy_facts(int from, const struct stat *st, int to)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	char path[PATH_FD_LEN];

	copy_owner(st, to);
	if (!S_ISLNK(st->st_mode) && fchmodat(AT_FDCWD, path_of_fd(to, path), st->st_mode & 07777, 0) < 0)
		log_debug("a copy keeps its mode, ignoring");
	copy_attributes(from, to);
	(void)utimensat(to, "", times, AT_EMPTY_PATH);
}

static int copy_bytes(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, COPY_CHUNK);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int make_file(int from, int dir, const char *name)
{
	char path[PATH_FD_LEN];
	autofd int in = path_open(AT_FDCWD, path_of_fd(from, path), PATH_HOST_MAGIC, O_RDONLY, 0);
	autowriter int out = -EBADF;

	if (in < 0)
		return in;
	out = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	return out < 0 ? out : copy_bytes(in, out);
}

static int make_link(int from, int dir, const char *name)
{
	char text[PATH_MAX] = "";

	if (readlinkat(from, "", text, sizeof(text) - 1) < 0 || symlinkat(text, dir, name) < 0)
		return -errno;
	return 0;
}

static int make_other(const struct stat *st, int dir, const char *name)
{
	if (S_ISDIR(st->st_mode))
		return mkdirat(dir, name, 0700) < 0 && errno != EEXIST ? -errno : 0;
	return mknodat(dir, name, st->st_mode & (S_IFMT | 0600), st->st_rdev) < 0 ? -errno : 0;
}

static int copy_directory(struct copy *copy, int from, int to, struct err *e);

static int descend(struct copy *copy, int from, const struct stat *st, int to, const char *name, struct err *e)
{
	autofd int in = -EBADF;
	int r;

	if (st->st_dev != copy->device)
		return 0;
	if (copy->depth == COPY_DEPTH)
		return err_set(e, ERR_EXHAUSTED, "'%.100s' lies more than %d directories deep", name, COPY_DEPTH);
	in = path_open(from, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (in < 0)
		return err_sys(e, -in, "open '%s'", name);
	copy->depth++;
	r = copy_directory(copy, in, to, e);
	copy->depth--;
	return r;
}

static int copy_entry(struct copy *copy, int from_dir, int to_dir, const char *name, struct err *e)
{
	autofd int from = path_open(from_dir, name, PATH_OWN, O_PATH, 0), to = -EBADF;
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return err_sys(e, from < 0 ? -from : errno, "open '%s'", name);
	r = S_ISREG(st.st_mode) ? make_file(from, to_dir, name) :
	    S_ISLNK(st.st_mode) ? make_link(from, to_dir, name) :
				  make_other(&st, to_dir, name);
	if (r == -EEXIST || (r == -EPERM && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))))
		return 0;
	if (r == 0)
		r = to = path_open(to_dir, name, PATH_OWN, O_PATH, 0);
	if (r < 0)
		return err_sys(e, -r, "copy '%s'", name);
	if (S_ISDIR(st.st_mode) && descend(copy, from, &st, to, name, e) < 0)
		return -1;
	copy_facts(from, &st, to);
	return 0;
}

static int copy_directory(struct copy *copy, int from, int to, struct err *e)
{
	int listed = fcntl(from, F_DUPFD_CLOEXEC, 3), r = 0;
	DIR *d = listed < 0 ? NULL : fdopendir(listed);
	struct dirent *entry;

	if (!d) {
		own_close(&listed);
		return err_sys(e, errno, "list a directory");
	}
	while (r == 0 && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = copy_entry(copy, from, to, entry->d_name, e);
	(void)closedir(d);
	return r;
}

int copy_tree(int from, int to, struct err *e)
{
	struct copy copy = { .depth = 0 };
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_sys(e, errno, "look at the directory");
	copy.device = st.st_dev;
	copy_owner(&st, to);
	return copy_directory(&copy, from, to, e);
}
