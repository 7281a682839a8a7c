/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An entry's path is cleaned as text first ("..", empty names and NUL bytes are refused), its parent is opened inside the
 * root (openat2, RESOLVE_IN_ROOT), and from there on only descriptors and single names are used: what is in the way is
 * unlinked, new files are made with O_EXCL, nothing follows a link. Directories get their times at the end, because
 * filling them changes them.
 */

#include "archive/extract.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/weaken.h"

enum { CHUNK = 128 << 10 };

struct late_time {
	char *path;
	struct timespec mtime;
};

struct extraction {
	struct tar_reader *tar;
	const struct extract_how *how;
	struct extract_result result;
	char parent_path[TAR_PATH]; /* of parent; parent < 0: none is open */
	int parent;
	struct { struct late_time *items; size_t n; } times;
	char *chunk;
};

static void extraction_done(struct extraction *x)
{
	own_close(&x->parent);
	for (size_t i = 0; i < x->times.n; i++)
		free(x->times.items[i].path);
	free(x->times.items);
	free(x->chunk);
}

/* ---- paths ---- */

/* "./a//b/" -> "a/b"; "" is the root. */
static int clean_path(const char *from, char *to, size_t size)
{
	size_t at = 0;

	while (*from) {
		size_t len = strcspn(from, "/");

		if (len == 2 && from[0] == '.' && from[1] == '.')
			return -EXDEV;
		if (len && !(len == 1 && from[0] == '.')) {
			if (at + len + 2 > size || len > 255)
				return -ENAMETOOLONG;
			if (at)
				to[at++] = '/';
			memcpy(to + at, from, len);
			at += len;
		}
		from += len;
		from += *from == '/';
	}
	to[at] = '\0';
	return 0;
}

static void forget_parent(struct extraction *x)
{
	own_close(&x->parent);
	x->parent = -EBADF;
}

/* The directory that holds `path`, made if it is missing; borrowed. */
static int open_parent(struct extraction *x, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	*ret_name = slash ? slash + 1 : path;
	if (x->parent >= 0 && strlen(x->parent_path) == len && memcmp(x->parent_path, path, len) == 0)
		return x->parent;
	forget_parent(x);
	memcpy(x->parent_path, path, len);
	x->parent_path[len] = '\0';
	if (weakened("in-root"))
		x->parent = path_open(x->how->root, len ? x->parent_path : ".", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	else
		x->parent = path_make_dirs(x->how->root, len ? x->parent_path : ".", PATH_IN_ROOT, 0755);
	return x->parent;
}

/* Removes what has the name; 1 when it was a whiteout. */
static int clear_way(struct extraction *x, int dir, const char *name)
{
	struct stat st;
	int r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	forget_parent(x);
	r = path_remove_tree(dir, name);
	if (r < 0)
		return r;
	return S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

/* ---- metadata ---- */

static bool xattr_wanted(const char *name)
{
	if (str_eq(name, "security.capability"))
		return true;
	return str_starts(name, "user.") && !str_starts(name, "user.overlay.");
}

static int set_xattrs(int fd, const struct tar_entry *entry)
{
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		const struct tar_xattr *x = &entry->xattrs.items[i];

		if (xattr_wanted(x->name) && fsetxattr(fd, x->name, x->value, x->len, 0) < 0 && errno != EOPNOTSUPP)
			return -errno;
	}
	return 0;
}

static void times_of(const struct tar_entry *entry, struct timespec to[2])
{
	to[0] = to[1] = (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_nsec };
}

/* Owner first: a change of owner clears the setuid bit and file capabilities. */
static int set_metadata(int fd, const struct tar_entry *entry)
{
	struct timespec times[2];

	times_of(entry, times);
	if (fchown(fd, entry->uid, entry->gid) < 0 || fchmod(fd, entry->mode) < 0)
		return -errno;
	if (set_xattrs(fd, entry) < 0)
		return -errno;
	return futimens(fd, times) < 0 ? -errno : 0;
}

/* ---- one function a type ---- */

static int make_file(struct extraction *x, int dir, const char *name, const struct tar_entry *entry, struct err *e)
{
	autofd int fd = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ssize_t n;
	int r;

	if (fd < 0)
		return err_sys(e, -fd, "make '%.300s'", entry->path);
	while ((n = tar_read(x->tar, x->chunk, CHUNK, e)) > 0) {
		r = io_write_full(fd, x->chunk, (size_t)n);
		if (r < 0)
			return err_sys(e, -r, "write '%.300s'", entry->path);
		x->result.size += (uint64_t)n;
	}
	if (n < 0)
		return -1;
	r = set_metadata(fd, entry);
	return r < 0 ? err_sys(e, -r, "set owner and mode of '%.300s'", entry->path) : 0;
}

static int make_hardlink(struct extraction *x, int dir, const char *name, const struct tar_entry *entry, struct err *e)
{
	autofd int target_dir = -EBADF;
	char target[TAR_PATH];
	const char *target_name;
	int r = clean_path(entry->link, target, sizeof(target));

	if (r == 0) {
		target_dir = path_open_parent(x->how->root, target, PATH_IN_ROOT, &target_name);
		r = target_dir < 0 ? target_dir : 0;
	}
	if (r == 0 && linkat(target_dir, target_name, dir, name, 0) < 0)
		r = -errno;
	return r < 0 ? err_sys(e, -r, "link '%.300s' to '%.300s'", entry->path, entry->link) : 0;
}

static int set_unopened(int dir, const char *name, const struct tar_entry *entry)
{
	struct timespec times[2];

	times_of(entry, times);
	if (fchownat(dir, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (entry->type != TAR_SYMLINK && fchmodat(dir, name, entry->mode, 0) < 0)
		return -errno;
	return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int make_symlink(struct extraction *x, int dir, const char *name, const struct tar_entry *entry, struct err *e)
{
	int r = symlinkat(entry->link, dir, name) < 0 ? -errno : set_unopened(dir, name, entry);

	return r < 0 ? err_sys(e, -r, "make symlink '%.300s'", entry->path) : 0;
}

static int make_fifo(struct extraction *x, int dir, const char *name, const struct tar_entry *entry, struct err *e)
{
	int r = mknodat(dir, name, S_IFIFO | 0600, 0) < 0 ? -errno : set_unopened(dir, name, entry);

	return r < 0 ? err_sys(e, -r, "make fifo '%.300s'", entry->path) : 0;
}

static int make_whiteout(int dir, const char *name, struct err *e)
{
	return mknodat(dir, name, S_IFCHR, 0) < 0 ? err_sys(e, errno, "make whiteout '%.300s'", name) : 0;
}

static int make_device(struct extraction *x, int dir, const char *name, const struct tar_entry *entry, struct err *e)
{
	char path[TAR_PATH];

	if (entry->type == TAR_CHAR && entry->major == 0 && entry->minor == 0)
		return make_whiteout(dir, name, e);
	if (clean_path(entry->path, path, sizeof(path)) < 0)
		return err_set(e, ERR_INVALID, "'%.300s' is not a proper path", entry->path);
	return x->how->special(
		&(struct extract_special){
			.kind = entry->type == TAR_CHAR ? EXTRACT_CHAR : EXTRACT_BLOCK, .path = path, .entry = entry },
		x->how->arg, e);
}

static int remember_time(struct extraction *x, const char *path, const struct tar_entry *entry, struct err *e)
{
	struct late_time *late = vec_add(&x->times);

	if (late)
		late->path = strdup(path);
	if (!late || !late->path)
		return err_nomem(e);
	late->mtime = (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_nsec };
	return 0;
}

static int mark_opaque(struct extraction *x, const char *path, struct err *e)
{
	return x->how->special(&(struct extract_special){ .kind = EXTRACT_OPAQUE, .path = path }, x->how->arg, e);
}

static int finish_directory(struct extraction *x, const char *path, int fd, const struct tar_entry *entry, struct err *e)
{
	int r = set_metadata(fd, entry);

	return r < 0 ? err_sys(e, -r, "set owner and mode of '%.300s'", entry->path) : remember_time(x, path, entry, e);
}

static int make_directory(struct extraction *x, const char *path, int dir, const char *name,
			  const struct tar_entry *entry, struct err *e)
{
	autofd int fd = path_open(dir, name, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	int whiteout;

	if (fd >= 0)
		return finish_directory(x, path, fd, entry, e);
	whiteout = clear_way(x, dir, name);
	if (whiteout > 0)
		dir = open_parent(x, path, &name);
	if (whiteout < 0 || dir < 0 || mkdirat(dir, name, 0700) < 0)
		return err_sys(e, errno, "make directory '%.300s'", entry->path);
	fd = path_open(dir, name, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, -fd, "make directory '%.300s'", entry->path);
	/* It replaces what the layers below have: they must not shine through. */
	if (whiteout > 0 && mark_opaque(x, path, e) < 0)
		return -1;
	return finish_directory(x, path, fd, entry, e);
}

/* ---- whiteouts ---- */

static const char whiteout_prefix[] = ".wh.", opaque_name[] = ".wh..wh..opq";

/* `name` is "hidden" of ".wh.hidden". */
static int apply_whiteout(struct extraction *x, const char *path, int dir, const char *hidden, const struct tar_entry *entry,
			  struct err *e)
{
	struct stat st;

	if (!hidden[0] || str_eq(hidden, ".") || str_eq(hidden, ".."))
		return err_set(e, ERR_INVALID, "'%.300s' is not a proper whiteout", entry->path);
	if (str_starts(hidden, whiteout_prefix))
		return 0; /* other marks of aufs mean nothing here */
	if (fstatat(dir, hidden, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return make_whiteout(dir, hidden, e);
	if (S_ISDIR(st.st_mode)) {
		autofree char *real = str_format("%s%s%s", x->parent_path, x->parent_path[0] ? "/" : "", hidden);

		return real ? mark_opaque(x, real, e) : err_nomem(e);
	}
	return 0;
}

/* ---- the loop ---- */

static int make_other(struct extraction *x, const char *path, const struct tar_entry *entry, struct err *e)
{
	static int (*const makers[])(struct extraction *, int, const char *, const struct tar_entry *, struct err *) = {
		[TAR_FILE - '0'] = make_file,	    [TAR_HARDLINK - '0'] = make_hardlink,
		[TAR_SYMLINK - '0'] = make_symlink, [TAR_CHAR - '0'] = make_device,
		[TAR_DEVICE - '0'] = make_device,   [TAR_FIFO - '0'] = make_fifo,
	};
	const char *name;
	int dir = open_parent(x, path, &name), r;

	if (dir < 0)
		return err_sys(e, -dir, "open the directory of '%.300s'", entry->path);
	if (str_eq(name, opaque_name))
		return mark_opaque(x, x->parent_path, e);
	if (str_starts(name, whiteout_prefix))
		return apply_whiteout(x, path, dir, name + sizeof(whiteout_prefix) - 1, entry, e);
	if (entry->type == TAR_DIRECTORY)
		return make_directory(x, path, dir, name, entry, e);
	r = clear_way(x, dir, name);
	dir = r < 0 ? r : open_parent(x, path, &name);
	if (dir < 0)
		return err_sys(e, -dir, "make '%.300s'", entry->path);
	return makers[entry->type - '0'](x, dir, name, entry, e);
}

static int check_ids(struct extraction *x, const struct tar_entry *entry, struct err *e)
{
	uint32_t greatest = entry->uid > entry->gid ? entry->uid : entry->gid;

	if (greatest >= x->how->id_limit)
		return err_set(e, ERR_UNSUPPORTED, "'%.300s' belongs to id %u, ids from %u up cannot be unpacked",
			       entry->path, greatest, x->how->id_limit);
	if (greatest > x->result.greatest_id)
		x->result.greatest_id = greatest;
	return 0;
}

static int extract_entry(struct extraction *x, const struct tar_entry *entry, struct err *e)
{
	char path[TAR_PATH];
	int r = clean_path(entry->path, path, sizeof(path));
	autofd int root = -EBADF;

	if (r < 0)
		return err_set(e, ERR_INVALID, "'%.300s' leads out of the layer or is too long", entry->path);
	if (check_ids(x, entry, e) < 0)
		return -1;
	if (path[0])
		return make_other(x, path, entry, e);
	if (entry->type != TAR_DIRECTORY)
		return err_set(e, ERR_INVALID, "the layer's root is not a directory");
	root = path_open(x->how->root, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	return root < 0 ? err_sys(e, -root, "open the layer's root") : finish_directory(x, path, root, entry, e);
}

/* Deepest last seen first; a directory that is gone again needs no time. */
static int apply_times(struct extraction *x, struct err *e)
{
	for (size_t i = x->times.n; i-- > 0;) {
		const struct late_time *late = &x->times.items[i];
		const struct timespec times[2] = { late->mtime, late->mtime };
		autofd int fd = path_open(x->how->root, late->path[0] ? late->path : ".", PATH_IN_ROOT_NOFOLLOW,
					  O_RDONLY | O_DIRECTORY, 0);

		if (fd >= 0 && futimens(fd, times) < 0)
			return err_sys(e, errno, "set the time of '%.300s'", late->path);
	}
	return 0;
}

int extract_layer(struct tar_reader *tar, const struct extract_how *how, struct extract_result *ret, struct err *e)
{
	cleanup(extraction_done) struct extraction x = { .tar = tar, .how = how, .parent = -EBADF, .chunk = malloc(CHUNK) };
	const struct tar_entry *entry;
	int r;

	if (!x.chunk)
		return err_nomem(e);
	while ((r = tar_next(tar, &entry, e)) > 0)
		if (extract_entry(&x, entry, e) < 0)
			return -1;
	if (r < 0 || apply_times(&x, e) < 0)
		return -1;
	*ret = x.result;
	return 0;
}
