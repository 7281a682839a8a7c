/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount_options.h"

/*
 * Options are one table of words. A word that begins with r and names an attribute (rro, rnosuid) changes the whole
 * tree through AT_RECURSIVE; what the table does not know goes to the file system as data. Access times are one field of
 * three values beside nodiratime; `atime`, `norelatime` and `nostrictatime` ask for the kernel's default, relatime.
 */

#include <string.h>
#include <sys/mount.h>

#include "base/str.h"

enum word_kind { WORD_SET, WORD_CLEAR, WORD_PROPAGATION, WORD_FLAG, WORD_ATIME, WORD_DATA, WORD_NOTHING };

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
	{ "norelatime", WORD_ATIME, MOUNT_ATTR_RELATIME, false, 0 },
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
	{ "rnorelatime", WORD_ATIME, MOUNT_ATTR_RELATIME, true, 0 },
	{ "rnoatime", WORD_ATIME, MOUNT_ATTR_NOATIME, true, 0 },
	{ "ratime", WORD_ATIME, MOUNT_ATTR_RELATIME, true, 0 },
	{ "rstrictatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME, true, 0 },
	{ "rnostrictatime", WORD_ATIME, MOUNT_ATTR_RELATIME, true, 0 },
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
	{ "remount", WORD_FLAG, 0, false, FLAG(remount) },
	{ "idmap", WORD_FLAG, 0, false, FLAG(idmap) },
	{ "ridmap", WORD_FLAG, 0, false, FLAG(idmap_recursive) },
	{ "tmpcopyup", WORD_FLAG, 0, false, FLAG(copy_up) },
	{ "copy-symlink", WORD_FLAG, 0, false, FLAG(copy_symlink) },
	{ "src-nofollow", WORD_FLAG, 0, false, FLAG(source_nofollow) },
	{ "dest-nofollow", WORD_FLAG, 0, false, FLAG(destination_nofollow) },
	/* Of the super block; fsconfig knows them by these names on every file system. */
	{ "sync", WORD_DATA, 0, false, 0 },
	{ "async", WORD_DATA, 0, false, 0 },
	{ "dirsync", WORD_DATA, 0, false, 0 },
	{ "lazytime", WORD_DATA, 0, false, 0 },
	{ "nolazytime", WORD_DATA, 0, false, 0 },
	{ "mand", WORD_DATA, 0, false, 0 },
	{ "nomand", WORD_DATA, 0, false, 0 },
	/* What the kernel does anyway, or what is no business of the mount. */
	{ "defaults", WORD_NOTHING, 0, false, 0 },
	{ "loud", WORD_NOTHING, 0, false, 0 },
	{ "silent", WORD_NOTHING, 0, false, 0 },
	{ "iversion", WORD_NOTHING, 0, false, 0 },
	{ "noiversion", WORD_NOTHING, 0, false, 0 },
};

static int add_propagation(const struct word *word, struct mount_options *to)
{
	struct mount_propagation *p = vec_add(&to->propagation);

	if (!p)
		return -ENOMEM;
	*p = (struct mount_propagation){ word->bits, word->recursive };
	return 0;
}

static int apply_word(const struct word *word, struct mount_options *to)
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
		return add_propagation(word, to);
	case WORD_FLAG:
		*(bool *)((char *)to + word->flag) = true;
		break;
	case WORD_DATA:
		return strv_add(&to->data, word->name);
	case WORD_NOTHING:
		break;
	}
	return 0;
}

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i].name, name))
			return &words[i];
	return NULL;
}

/* "idmap=uids=0-1-10;gids=0-1-10": crun's way to give maps. */
static int take_maps(const char *option, struct mount_options *to)
{
	bool recursive = option[0] == 'r';

	*(recursive ? &to->idmap_recursive : &to->idmap) = true;
	free(to->idmap_text);
	to->idmap_text = strdup(strchr(option, '=') + 1);
	return to->idmap_text ? 0 : -ENOMEM;
}

static int take_option(const char *option, struct mount_options *to)
{
	const struct word *word = find_word(option);

	if (word)
		return apply_word(word, to);
	if (str_starts(option, "idmap=") || str_starts(option, "ridmap="))
		return take_maps(option, to);
	return strv_add(&to->data, option);
}

int mount_options_parse(const struct strv *options, struct mount_options *ret)
{
	struct mount_options parsed = { .set = 0 };

	for (size_t i = 0; i < options->n; i++)
		if (take_option(options->items[i], &parsed) < 0) {
			mount_options_done(&parsed);
			return -ENOMEM;
		}
	*ret = parsed;
	return 0;
}

void mount_options_done(struct mount_options *options)
{
	strv_done(&options->data);
	free(take_ptr(options->propagation.items));
	free(take_ptr(options->idmap_text));
}

bool mount_options_are_bind(const struct mount_options *options)
{
	return options->bind || options->bind_recursive;
}

const char *mount_option_name(size_t i)
{
	return i < ARRAY_SIZE(words) ? words[i].name : NULL;
}
