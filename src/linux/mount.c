/* SPDX-License-Identifier: Apache-2.0 */
#define MOUNT_MAY_USE_PATHS
#include "linux/mount.h"

/*
 * Options are one table of words. A word that begins with r and names an attribute (rro, rnosuid) changes the whole
 * tree through AT_RECURSIVE; what the table does not know goes to the file system as data.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "base/str.h"

enum word_kind { WORD_SET, WORD_CLEAR, WORD_PROPAGATION, WORD_FLAG, WORD_ATIME, WORD_NOTHING };

struct word {
	const char *name;
	enum word_kind kind;
	uint64_t bits;
	bool recursive;
	size_t flag; /* offset of a bool */
};

#define FLAG(field) offsetof(struct mount_options, field)

static const struct word words[] = {
	{ "ro", WORD_SET, MOUNT_ATTR_RDONLY, false, 0 },
	{ "rw", WORD_CLEAR, MOUNT_ATTR_RDONLY, false, 0 },
	{ "nosuid", WORD_SET, MOUNT_ATTR_NOSUID, false, 0 },
	{ "suid", WORD_CLEAR, MOUNT_ATTR_NOSUID, false, 0 },
	{ "nodev", WORD_SET, MOUNT_ATTR_NODEV, false, 0 },
	{ "dev", WORD_CLEAR, MOUNT_ATTR_NODEV, false, 0 },
	{ "noexec", WORD_SET, MOUNT_ATTR_NOEXEC, false, 0 },
	{ "exec", WORD_CLEAR, MOUNT_ATTR_NOEXEC, false, 0 },
	{ "nodiratime", WORD_SET, MOUNT_ATTR_NODIRATIME, false, 0 },
	{ "diratime", WORD_CLEAR, MOUNT_ATTR_NODIRATIME, false, 0 },
	{ "nosymfollow", WORD_SET, MOUNT_ATTR_NOSYMFOLLOW, false, 0 },
	{ "symfollow", WORD_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, false, 0 },
	{ "relatime", WORD_ATIME, MOUNT_ATTR_RELATIME, false, 0 },
	{ "norelatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME, false, 0 },
	{ "noatime", WORD_ATIME, MOUNT_ATTR_NOATIME, false, 0 },
	{ "atime", WORD_ATIME, MOUNT_ATTR_RELATIME, false, 0 },
	{ "strictatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME, false, 0 },
	{ "nostrictatime", WORD_ATIME, MOUNT_ATTR_RELATIME, false, 0 },
	{ "rro", WORD_SET, MOUNT_ATTR_RDONLY, true, 0 },
	{ "rrw", WORD_CLEAR, MOUNT_ATTR_RDONLY, true, 0 },
	{ "rnosuid", WORD_SET, MOUNT_ATTR_NOSUID, true, 0 },
	{ "rsuid", WORD_CLEAR, MOUNT_ATTR_NOSUID, true, 0 },
	{ "rnodev", WORD_SET, MOUNT_ATTR_NODEV, true, 0 },
	{ "rdev", WORD_CLEAR, MOUNT_ATTR_NODEV, true, 0 },
	{ "rnoexec", WORD_SET, MOUNT_ATTR_NOEXEC, true, 0 },
	{ "rexec", WORD_CLEAR, MOUNT_ATTR_NOEXEC, true, 0 },
	{ "rnodiratime", WORD_SET, MOUNT_ATTR_NODIRATIME, true, 0 },
	{ "rdiratime", WORD_CLEAR, MOUNT_ATTR_NODIRATIME, true, 0 },
	{ "rnosymfollow", WORD_SET, MOUNT_ATTR_NOSYMFOLLOW, true, 0 },
	{ "rsymfollow", WORD_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, true, 0 },
	{ "rrelatime", WORD_ATIME, MOUNT_ATTR_RELATIME, true, 0 },
	{ "rnoatime", WORD_ATIME, MOUNT_ATTR_NOATIME, true, 0 },
	{ "rstrictatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME, true, 0 },
	{ "private", WORD_PROPAGATION, MS_PRIVATE, false, 0 },
	{ "slave", WORD_PROPAGATION, MS_SLAVE, false, 0 },
	{ "shared", WORD_PROPAGATION, MS_SHARED, false, 0 },
	{ "unbindable", WORD_PROPAGATION, MS_UNBINDABLE, false, 0 },
	{ "rprivate", WORD_PROPAGATION, MS_PRIVATE, true, 0 },
	{ "rslave", WORD_PROPAGATION, MS_SLAVE, true, 0 },
	{ "rshared", WORD_PROPAGATION, MS_SHARED, true, 0 },
	{ "runbindable", WORD_PROPAGATION, MS_UNBINDABLE, true, 0 },
	{ "bind", WORD_FLAG, 0, false, FLAG(bind) },
	{ "rbind", WORD_FLAG, 0, false, FLAG(bind_recursive) },
	{ "idmap", WORD_FLAG, 0, false, FLAG(idmap) },
	{ "ridmap", WORD_FLAG, 0, false, FLAG(idmap_recursive) },
	{ "tmpcopyup", WORD_FLAG, 0, false, FLAG(copy_up) },
	{ "sync", WORD_FLAG, 0, false, FLAG(sync_) },
	{ "dirsync", WORD_FLAG, 0, false, FLAG(dirsync) },
	{ "lazytime", WORD_FLAG, 0, false, FLAG(lazytime) },
	{ "mand", WORD_FLAG, 0, false, FLAG(mand) },
	{ "defaults", WORD_NOTHING, 0, false, 0 },
	{ "async", WORD_NOTHING, 0, false, 0 },
	{ "nomand", WORD_NOTHING, 0, false, 0 },
	{ "nolazytime", WORD_NOTHING, 0, false, 0 },
	{ "loud", WORD_NOTHING, 0, false, 0 },
	{ "silent", WORD_NOTHING, 0, false, 0 },
	{ "iversion", WORD_NOTHING, 0, false, 0 },
	{ "noiversion", WORD_NOTHING, 0, false, 0 },
	{ "acl", WORD_NOTHING, 0, false, 0 },
	{ "noacl", WORD_NOTHING, 0, false, 0 },
};

static void apply_word(const struct word *word, struct mount_options *to)
{
	uint64_t *set = word->recursive ? &to->set_recursive : &to->set;
	uint64_t *clear = word->recursive ? &to->clear_recursive : &to->clear;

	switch (word->kind) {
	case WORD_SET:
		*set |= word->bits;
		*clear &= ~word->bits;
		break;
	case WORD_CLEAR:
		*clear |= word->bits;
		*set &= ~word->bits;
		break;
	case WORD_ATIME: /* a field of three values: it is cleared as a whole, then set */
		*clear |= MOUNT_ATTR__ATIME;
		*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | word->bits;
		break;
	case WORD_PROPAGATION:
		to->propagation = word->bits;
		to->propagation_recursive = word->recursive;
		break;
	case WORD_FLAG:
		*(bool *)((char *)to + word->flag) = true;
		break;
	case WORD_NOTHING:
		break;
	}
}

const char *mount_option_name(size_t i)
{
	return i < ARRAY_SIZE(words) ? words[i].name : NULL;
}

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i].name, name))
			return &words[i];
	return NULL;
}

int mount_options_parse(const struct strv *options, struct mount_options *ret)
{
	struct mount_options parsed = { .set = 0 };

	for (size_t i = 0; i < options->n; i++) {
		const struct word *word = find_word(options->items[i]);

		if (word) {
			apply_word(word, &parsed);
		} else if (strv_add(&parsed.data, options->items[i]) < 0) {
			mount_options_done(&parsed);
			return -ENOMEM;
		}
	}
	*ret = parsed;
	return 0;
}

void mount_options_done(struct mount_options *options)
{
	strv_done(&options->data);
}

static int configure(int fs, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[64];
	size_t len = equals ? (size_t)(equals - option) : strlen(option);

	if (len >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, len);
	key[len] = '\0';
	if (equals)
		return fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1, 0) < 0 ? -errno : 0;
	return fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
}

int mount_new(const char *type, const char *source, const struct strv *data, uint64_t attributes,
	      const char **ret_option)
{
	autofd int fs = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return -errno;
	if (source && fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return -errno;
	for (size_t i = 0; data && i < data->n; i++) {
		int r = configure(fs, data->items[i]);

		if (r < 0) {
			*ret_option = data->items[i];
			return r;
		}
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attributes);
	return fd < 0 ? -errno : fd;
}

int mount_clone(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int fd;

	if (!path[0])
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = open_tree(dir, path, flags);
	return fd < 0 ? -errno : fd;
}

static int set_attributes(int fd, struct mount_attr *attr, bool recursive)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return mount_setattr(fd, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return set_attributes(fd, &attr, recursive);
}

int mount_idmap(int fd, int userns, bool recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };

	return set_attributes(fd, &attr, recursive);
}

int mount_attach(int fd, int target)
{
	return move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_attach_at(int fd, int dir, const char *path)
{
	return move_mount(fd, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_pivot(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	/* The old root lies on top of the new one now. */
	if (umount2(".", MNT_DETACH) < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

int mount_move_root(int root_fd)
{
	if (fchdir(root_fd) < 0)
		return -errno;
	if (chroot(".") < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

int mount_detach_here(void)
{
	return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
}

int mount_propagation_all(uint64_t propagation)
{
	struct mount_attr attr = { .propagation = propagation };

	return mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0 ? -errno : 0;
}
