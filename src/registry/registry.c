/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Durability: a name is safe when its directory was synced after the link or rename, a new directory when its parent was.
 * A file is synced before it gets its first name outside uploads/, so that whatever has a name is whole.
 */

#include "registry/registry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

static int sync_opened(int dir)
{
	return fsync(dir) < 0 ? -errno : 0;
}

static int open_directory(int dir, const char *path)
{
	return path_open(dir, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
}

static int open_below(int root, const char *name, struct err *e)
{
	autofd int made = path_make_dirs(root, name, PATH_OWN, 0700);
	int fd = made < 0 ? made : open_directory(root, name);

	return fd < 0 ? err_sys(e, -fd, "open '%s' of the registry", name) : fd;
}

int registry_open(const char *root, const char *images, struct registry *ret, struct err *e)
{
	cleanup(registry_done) struct registry r = REGISTRY_INIT;

	r.root = path_make_dirs(AT_FDCWD, root, PATH_HOST, 0700);
	if (r.root < 0)
		return err_sys(e, -r.root, "open the registry's directory '%s'", root);
	r.uploads = open_below(r.root, "uploads", e);
	r.blobs = r.uploads < 0 ? -1 : open_below(r.root, "blobs", e);
	r.repositories = r.blobs < 0 ? -1 : open_below(r.root, "repositories", e);
	if (r.repositories < 0)
		return -1;
	for (int kind = 0; kind < DIGEST_KINDS; kind++) {
		autofd int made = open_below(r.blobs, digest_directory((enum digest_kind)kind), e);

		if (made < 0)
			return -1;
	}
	r.images = images ? path_open(AT_FDCWD, images, PATH_HOST, O_RDONLY | O_DIRECTORY, 0) : -ENOENT;
	*ret = r;
	r = (struct registry)REGISTRY_INIT;
	return 0;
}

void registry_done(struct registry *r)
{
	own_close(&r->root);
	own_close(&r->uploads);
	own_close(&r->blobs);
	own_close(&r->repositories);
	own_close(&r->images);
	*r = (struct registry)REGISTRY_INIT;
}

/* ---- paths ---- */

static int below(const char *repository, const char *path, char to[static REPOSITORY_PATH])
{
	int n = snprintf(to, REPOSITORY_PATH, "%s/%s", repository, path);

	return n < 0 || n >= REPOSITORY_PATH ? -ENAMETOOLONG : 0;
}

int repository_open(const struct registry *r, const char *repository, const char *path)
{
	char whole[REPOSITORY_PATH];
	int error = below(repository, path, whole);

	return error < 0 ? error : path_open(r->repositories, whole, PATH_OWN, O_RDONLY | O_NOCTTY, 0);
}

bool repository_has(const struct registry *r, const char *repository, const char *path)
{
	autofd int fd = repository_open(r, repository, path);

	return fd >= 0;
}

bool repository_exists(const struct registry *r, const char *repository)
{
	return repository_has(r, repository, "_manifests") || repository_has(r, repository, "_blobs");
}

/* Makes the directory whose path are the first `len` bytes; each new one's parent is synced. */
static int make_durable(int root, char *path, size_t len)
{
	autofd int parent = -EBADF;
	size_t name = len;
	char end = path[len];
	int fd, error = 0;

	path[len] = '\0';
	fd = open_directory(root, path);
	path[len] = end;
	if (fd != -ENOENT || len == 0)
		return fd;
	while (name > 0 && path[name - 1] != '/')
		name--;
	parent = name ? make_durable(root, path, name - 1) : open_directory(root, ".");
	if (parent < 0)
		return parent;
	path[len] = '\0';
	if (mkdirat(parent, path + name, 0700) < 0 && errno != EEXIST)
		error = -errno;
	if (error == 0)
		error = sync_opened(parent);
	fd = error < 0 ? error : open_directory(root, path);
	path[len] = end;
	return fd;
}

int repository_make(const struct registry *r, const char *repository, const char *directory)
{
	char whole[REPOSITORY_PATH];
	int error = below(repository, directory, whole);

	return error < 0 ? error : make_durable(r->repositories, whole, strlen(whole));
}

int repository_lock(const struct registry *r, const char *repository)
{
	autofd int fd = repository_make(r, repository, "_manifests");

	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return take_fd(fd);
}

int repository_remove(const struct registry *r, const char *repository, const char *path)
{
	char whole[REPOSITORY_PATH];
	autofd int dir = -EBADF;
	char *name;
	int error = below(repository, path, whole);

	if (error < 0)
		return error;
	name = strrchr(whole, '/');
	*name++ = '\0';
	dir = open_directory(r->repositories, whole);
	if (dir < 0)
		return dir;
	return unlinkat(dir, name, 0) < 0 ? -errno : sync_opened(dir);
}

/* ---- blobs ---- */

static void blob_path(const struct digest *digest, char to[static REPOSITORY_PATH])
{
	(void)snprintf(to, REPOSITORY_PATH, "_blobs/%s", digest->path);
}

/* Links `path` of `from` into the repository, durably: 1, 0 when there is no such file, or when it has too many links. */
static int link_into(const struct registry *r, int from, const char *path, const char *repository, const struct digest *digest)
{
	char directory[REPOSITORY_PATH];
	autofd int to = -EBADF;

	(void)snprintf(directory, sizeof(directory), "_blobs/%s", digest_directory(digest->kind));
	to = repository_make(r, repository, directory);
	if (to < 0)
		return to;
	if (linkat(from, path, to, strrchr(digest->path, '/') + 1, 0) < 0 && errno != EEXIST)
		return errno == ENOENT || errno == EMLINK || errno == EXDEV ? 0 : -errno;
	return sync_opened(to) < 0 ? -errno : 1;
}

int repository_mount(const struct registry *r, const char *from, const char *repository, const struct digest *digest)
{
	char path[REPOSITORY_PATH], whole[REPOSITORY_PATH];
	int error;

	if (!from)
		return link_into(r, r->blobs, digest->path, repository, digest);
	blob_path(digest, path);
	error = below(from, path, whole);
	return error < 0 ? error : link_into(r, r->repositories, whole, repository, digest);
}

int repository_remove_blob(const struct registry *r, const char *repository, const struct digest *digest)
{
	char path[REPOSITORY_PATH];
	struct stat st;
	int error;

	blob_path(digest, path);
	error = repository_remove(r, repository, path);
	/* Who mounts it in this moment has a link of its own then. */
	if (error == 0 && fstatat(r->blobs, digest->path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1)
		(void)unlinkat(r->blobs, digest->path, 0);
	return error;
}

int repository_list(const struct registry *r, const char *repository, const char *directory,
		    int (*each)(const char *name, void *arg), void *arg)
{
	int fd = repository_open(r, repository, directory), result = 0;
	struct dirent *entry;
	DIR *d;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	d = fdopendir(fd);
	if (!d) {
		result = -errno;
		own_close(&fd);
		return result;
	}
	while (result == 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.' || (entry->d_name[1] && entry->d_name[1] != '.'))
			result = each(entry->d_name, arg);
	(void)closedir(d);
	return result;
}
