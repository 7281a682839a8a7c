/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A lock file is removed by its holder, so whoever gets the lock must look whether the file is still the one that the
 * name stands for. Before it goes, a successful holder writes its key and result into it: those who waited read them
 * from the very file that they had locked. The key is compared too, because long keys share a file name.
 */

#include "image/ingest.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/id.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/str.h"

enum { INGEST_RESULT_MAX = 4096, WORTH_KEEPING = 64 << 10 /* bytes */ };
static const int64_t partial_life = 7 * 86400 * NSEC_PER_SEC;
static const int64_t ingest_patience = 3600 * NSEC_PER_SEC; /* a whole pull of somebody else */

/* ---- what a pull leaves for the next one ---- */

static bool is_digest_name(const char *name)
{
	size_t len = strlen(name);

	return (len == 64 || len == 128) && strspn(name, "0123456789abcdef") == len;
}

static bool worth_keeping(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size >= WORTH_KEEPING &&
	       clock_wall() - st.st_mtim.tv_sec * NSEC_PER_SEC < partial_life;
}

/* Moves the blobs of `from` that are worth it. What cannot be moved is fetched again: no error. */
static void move_blobs(int from, int to)
{
	int fd = path_open(from, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		own_close(&fd);
		return;
	}
	while ((entry = readdir(d)))
		if (is_digest_name(entry->d_name) &&
		    (!worth_keeping(from, entry->d_name) || renameat(from, entry->d_name, to, entry->d_name) < 0))
			(void)unlinkat(from, entry->d_name, 0);
	(void)closedir(d);
}

/* Only a pull's staging directory has a partial/. */
static void salvage(int staging, int to)
{
	static const char *const names[] = { "partial", "blobs" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		autofd int dir = path_open(staging, names[i], PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

		if (dir < 0)
			return;
		move_blobs(dir, to);
	}
}

int ingest_resume(struct ingest *ingest, struct err *e)
{
	autofd int dir = file_make_dir(ingest->staging, "partial", 0700);

	if (dir < 0)
		return err_sys(e, -dir, "make 'partial' in the staging directory");
	move_blobs(ingest->partial, dir);
	return 0;
}

/* ---- jobs ---- */

static void ingest_name(const char *key, char *to)
{
	size_t i;

	for (i = 0; key[i] && i < INGEST_NAME - 1; i++)
		to[i] = isalnum((unsigned char)key[i]) || (i && strchr("-.", key[i])) ? key[i] : '_';
	to[i] = '\0';
}

static void staging_name(const char *name, char *to, size_t size)
{
	(void)snprintf(to, size, "%s.d", name);
}

/* Is the locked file still what `name` leads to? */
static bool lock_is_current(int parent, const char *name, int lock)
{
	struct stat ours, there;

	return fstat(lock, &ours) == 0 && fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int ingest_read_result(int lock, const char *key, char **ret_result)
{
	autostr struct str text = STR_INIT;
	const char *end;
	size_t len = strlen(key);

	if (io_read_all(lock, INGEST_RESULT_MAX, &text) < 0 || text.len <= len + 1)
		return 0;
	if (strncmp(text.data, key, len) != 0 || text.data[len] != '\n')
		return 0;
	end = strchr(text.data + len + 1, '\n');
	if (!end)
		return 0;
	*ret_result = strndup(text.data + len + 1, (size_t)(end - text.data) - len - 1);
	return *ret_result ? 1 : -ENOMEM;
}

static int ingest_staging(struct ingest *ingest, struct err *e)
{
	char name[INGEST_NAME + 4];

	staging_name(ingest->name, name, sizeof(name));
	(void)path_remove_tree(ingest->parent, name);
	if (mkdirat(ingest->parent, name, 0700) < 0)
		return err_sys(e, errno, "make 'images/ingest/%s'", name);
	ingest->staging = path_open(ingest->parent, name, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (ingest->staging < 0)
		return err_sys(e, -ingest->staging, "open 'images/ingest/%s'", name);
	return 0;
}

/* One attempt: 0 locked, 1 somebody else's result, -EAGAIN the lock file went away meanwhile. */
static int ingest_lock(struct ingest *ingest, const char *key, int cancel_fd, char **ret_result)
{
	autofd int lock = path_open(ingest->parent, ingest->name, PATH_OWN, O_RDWR | O_CREAT, 0600);
	int r;

	if (lock < 0)
		return lock;
	r = lock_try(lock, LOCK_EXCLUSIVE);
	if (r == -EAGAIN) {
		r = lock_wait(lock, LOCK_EXCLUSIVE, cancel_fd, clock_boot() + ingest_patience);
		if (r == 0)
			r = ingest_read_result(lock, key, ret_result);
	}
	if (r != 0)
		return r;
	if (!lock_is_current(ingest->parent, ingest->name, lock))
		return -EAGAIN;
	ingest->lock = take_fd(lock);
	return ftruncate(ingest->lock, 0) < 0 ? -errno : 0;
}

int ingest_open(const struct instance *instance, const char *key, int cancel_fd, struct ingest *ret, char **ret_result,
		struct err *e)
{
	autoingest struct ingest ingest = INGEST_INIT;
	int r;

	ingest_name(key, ingest.name);
	ingest.parent = instance_dir(instance, "images/ingest", e);
	if (ingest.parent < 0)
		return -1;
	ingest.partial = instance_dir(instance, "images/partial", e);
	if (ingest.partial < 0)
		return -1;
	do
		r = ingest_lock(&ingest, key, cancel_fd, ret_result);
	while (r == -EAGAIN);
	if (r == 1)
		return 1;
	if (r == -ECANCELED)
		return err_set(e, ERR_CANCELLED, "cancelled");
	if (r < 0)
		return err_sys(e, -r, "lock 'images/ingest/%s'", ingest.name);
	if (ingest_staging(&ingest, e) < 0)
		return -1;
	*ret = ingest;
	ingest = (struct ingest)INGEST_INIT;
	return 0;
}

int ingest_finish(struct ingest *ingest, const char *key, const char *result, struct err *e)
{
	autofree char *text = str_format("%s\n%s\n", key, result);
	int r = text ? io_write_full(ingest->lock, text, strlen(text)) : -ENOMEM;

	return r < 0 ? err_sys(e, -r, "write 'images/ingest/%s'", ingest->name) : 0;
}

void ingest_done(struct ingest *ingest)
{
	char name[INGEST_NAME + 4];

	if (ingest->lock >= 0) {
		staging_name(ingest->name, name, sizeof(name));
		if (ingest->staging >= 0 && ingest->partial >= 0)
			salvage(ingest->staging, ingest->partial);
		(void)path_remove_tree(ingest->parent, name);
		(void)unlinkat(ingest->parent, ingest->name, 0);
	}
	own_close(&ingest->staging);
	own_close(&ingest->lock);
	own_close(&ingest->parent);
	own_close(&ingest->partial);
	*ingest = (struct ingest)INGEST_INIT;
}

/* 1 when `name` was a dead job's. The directory's name is the lock's with ".d". */
static int sweep_one(const struct instance *instance, int parent, const char *directory)
{
	autoingest struct ingest dead = INGEST_INIT;
	size_t len = strlen(directory) - 2;
	int r;

	if (len >= sizeof(dead.name))
		return 0;
	memcpy(dead.name, directory, len);
	dead.name[len] = '\0';
	dead.lock = path_open(parent, dead.name, PATH_OWN, O_RDWR | O_CREAT, 0600);
	if (dead.lock < 0)
		return 0;
	r = lock_try(dead.lock, LOCK_EXCLUSIVE);
	if (r < 0 || !lock_is_current(parent, dead.name, dead.lock)) {
		own_close(&dead.lock);
		dead.lock = -EBADF;
		return 0;
	}
	dead.parent = fcntl(parent, F_DUPFD_CLOEXEC, 3);
	dead.staging = path_open(parent, directory, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	dead.partial = instance_dir(instance, "images/partial", NULL);
	return 1;
}

int ingest_sweep(const struct instance *instance, struct err *e)
{
	autofd int parent = instance_dir(instance, "images/ingest", e);
	struct dirent *entry;
	int fd, n = 0;
	DIR *d;

	if (parent < 0)
		return -1;
	fd = path_open(parent, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		own_close(&fd);
		return err_sys(e, errno, "read 'images/ingest'");
	}
	while ((entry = readdir(d)))
		if (str_ends(entry->d_name, ".d"))
			n += sweep_one(instance, parent, entry->d_name);
	(void)closedir(d);
	return n;
}

int ingest_discard(const struct instance *instance, int dir, const char *name, struct err *e)
{
	autofd int parent = instance_dir(instance, "images/ingest", e);
	char unique[ID_TEXT], away[ID_TEXT + 8];
	int r;

	if (parent < 0)
		return -1;
	r = id_new(unique);
	if (r < 0)
		return err_sys(e, -r, "remove '%s'", name);
	(void)snprintf(away, sizeof(away), "gone-%.16s.d", unique);
	if (renameat(dir, name, parent, away) < 0)
		return errno == ENOENT ? 0 : err_sys(e, errno, "remove '%s'", name);
	r = path_remove_tree(parent, away);
	return r < 0 && r != -ENOENT ? err_sys(e, -r, "remove '%s'", name) : 0;
}
