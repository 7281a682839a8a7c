/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/upload.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/id.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { WRITEBACK = 8 << 20 };

/* FNV-1a: what is wanted is a mark, not a secret. */
static void mark_of(const char *repository, char to[static 17])
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *repository; repository++)
		h = (h ^ (unsigned char)*repository) * UINT64_C(1099511628211);
	(void)snprintf(to, 17, "%016llx", (unsigned long long)h);
}

static bool id_is_of(const char *id, const char *repository)
{
	char mark[17];

	mark_of(repository, mark);
	return strlen(id) == UPLOAD_ID - 1 && strspn(id, "0123456789abcdef") == 32 && id[32] == '-' && str_eq(id + 33, mark);
}

int upload_new(const struct registry *r, const char *repository, struct upload *ret, struct err *e)
{
	struct upload u = UPLOAD_INIT;
	char unique[ID_TEXT], mark[17];
	int error = id_new(unique);

	mark_of(repository, mark);
	(void)snprintf(u.id, sizeof(u.id), "%.32s-%s", unique, mark);
	if (error == 0)
		u.fd = path_open(r->uploads, u.id, PATH_OWN, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (error < 0 || u.fd < 0)
		return err_sys(e, error < 0 ? -error : -u.fd, "start an upload");
	(void)lock_try(u.fd, LOCK_EXCLUSIVE);
	if (hash_init(&u.hash, DIGEST_SHA256, e) < 0) {
		upload_remove(r, &u);
		return -1;
	}
	*ret = u;
	return 0;
}

int upload_unnamed(const struct registry *r, struct upload *ret, struct err *e)
{
	struct upload u = UPLOAD_INIT;

	u.fd = path_open(r->uploads, ".", PATH_OWN, O_RDWR | O_TMPFILE, 0600);
	if (u.fd < 0)
		return err_sys(e, -u.fd, "make a temporary file");
	*ret = u;
	return 0;
}

int upload_open(const struct registry *r, const char *repository, const char *id, struct upload *ret)
{
	struct upload u = UPLOAD_INIT;
	struct stat st;
	int error = 0;

	if (!id_is_of(id, repository))
		return -ENOENT;
	u.fd = path_open(r->uploads, id, PATH_OWN, O_RDWR, 0);
	if (u.fd < 0)
		return u.fd;
	error = lock_try(u.fd, LOCK_EXCLUSIVE);
	/* Between the two it may have become a blob. */
	if (error == 0 && (fstat(u.fd, &st) < 0 || faccessat(r->uploads, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0))
		error = -errno;
	if (error < 0) {
		upload_done(&u);
		return error;
	}
	(void)snprintf(u.id, sizeof(u.id), "%s", id);
	u.size = u.started = (uint64_t)st.st_size;
	if (u.size == 0)
		(void)hash_init(&u.hash, DIGEST_SHA256, NULL);
	*ret = u;
	return 0;
}

int upload_write(struct upload *u, const void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = pwrite(u->fd, (const char *)bytes + at, len - at, (off_t)(u->size + at));

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	if (u->hash.context)
		hash_add(&u->hash, bytes, len);
	u->size += len;
	/* The disk works while the rest arrives: the sync at the end finds little left. */
	if (u->size - u->started >= WRITEBACK) {
		(void)sync_file_range(u->fd, (off_t)u->started, (off_t)(u->size - u->started), SYNC_FILE_RANGE_WRITE);
		u->started = u->size;
	}
	return 0;
}

void upload_close(struct upload *u)
{
	/* The works of other exchanges were forked with it. */
	if (u->fd >= 0)
		lock_release(u->fd);
	own_close(&u->fd);
	u->fd = -EBADF;
}

void upload_done(struct upload *u)
{
	hash_done(&u->hash);
	upload_close(u);
	*u = (struct upload)UPLOAD_INIT;
}

void upload_remove(const struct registry *r, struct upload *u)
{
	if (u->fd >= 0 && u->id[0])
		(void)unlinkat(r->uploads, u->id, 0);
	upload_done(u);
}

int upload_matches(struct upload *u, const struct digest *digest, struct err *e)
{
	char text[DIGEST_TEXT];

	if (u->hash.context && u->hash.kind == digest->kind)
		hash_end(&u->hash, text);
	else if (hash_file(u->fd, digest->kind, text, e) < 0)
		return -1;
	return str_eq(text, digest->text);
}

/* Into blobs/, as a link of the instance's own copy where there is one. What is there already is as good. */
static int into_store(const struct registry *r, struct upload *u, const struct digest *digest)
{
	if (r->images >= 0 && linkat(r->images, digest->path, r->blobs, digest->path, 0) == 0)
		return 0;
	if (linkat(r->uploads, u->id, r->blobs, digest->path, 0) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

int upload_publish(const struct registry *r, const char *repository, struct upload *u, const struct digest *digest,
		   struct err *e)
{
	int error = fdatasync(u->fd) < 0 ? -errno : 0;

	/* The store's file may go with its last repository before we have a link of it, or have too many links. */
	for (int i = 0; error == 0 && i < 3; i++) {
		error = into_store(r, u, digest);
		if (error == 0)
			error = repository_mount(r, NULL, repository, digest);
	}
	if (error < 0)
		return err_sys(e, -error, "keep blob '%s'", digest->text);
	if (error == 0)
		return err_set(e, ERR_EXHAUSTED, "keep blob '%s': too many repositories have it", digest->text);
	(void)unlinkat(r->uploads, u->id, 0);
	return 0;
}

/* ---- what was left behind ---- */

static void sweep_upload(int dir, const char *name, int64_t before)
{
	autofd int fd = path_open(dir, name, PATH_OWN, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < before && lock_try(fd, LOCK_EXCLUSIVE) == 0)
		(void)unlinkat(dir, name, 0);
}

static void sweep_blob(int dir, const char *name, int64_t before)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1 && st.st_ctime < before)
		(void)unlinkat(dir, name, 0);
}

static void sweep(int parent, const char *path, int64_t before, void (*one)(int dir, const char *name, int64_t before))
{
	int fd = path_open(parent, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		own_close(&fd);
		return;
	}
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			one(fd, entry->d_name, before);
	(void)closedir(d);
}

void upload_sweep(const struct registry *r, int64_t before)
{
	sweep(r->uploads, ".", before, sweep_upload);
	for (int kind = 0; kind < DIGEST_KINDS; kind++)
		sweep(r->blobs, digest_directory((enum digest_kind)kind), before, sweep_blob);
}
