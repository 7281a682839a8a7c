/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mounts by descriptor: fsopen, open_tree, mount_setattr, move_mount. A descriptor of a detached tree owns it: closing
 * it before it is attached unmounts the tree. All functions return a descriptor or 0, and -errno on failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* What a list of mount options means: flags for the super block and the mount, propagation, and the rest as data. */
struct mount_options {
	uint64_t set, clear;		     /* MOUNT_ATTR_* of the top mount */
	uint64_t set_recursive, clear_recursive; /* of the whole tree: rro, rnosuid, ... */
	uint64_t propagation;		     /* MS_PRIVATE, MS_SLAVE, ...; 0: none given */
	bool propagation_recursive;
	bool bind, bind_recursive;
	bool sync_, dirsync, lazytime, mand; /* super block flags that fsconfig knows by name */
	bool copy_up;			     /* tmpcopyup */
	bool idmap, idmap_recursive;
	struct strv data;		     /* key or key=value for the file system */
};

void mount_options_done(struct mount_options *options);

/* Reads OCI mount options (config.md, "Linux mount options"). -ENOMEM only: an unknown word is data. */
int mount_options_parse(const struct strv *words, struct mount_options *ret);

/* The words that are no data of a file system, by number; NULL past the last. */
const char *mount_option_name(size_t i);

/* fsopen + fsconfig + fsmount: a detached mount. `source` may be NULL. *ret_option: the option that the kernel refused
 * (borrowed from `data`), untouched otherwise. */
int mount_new(const char *type, const char *source, const struct strv *data, uint64_t attributes,
	      const char **ret_option);

/* open_tree(OPEN_TREE_CLONE) of `path` below `dir`; "" means `dir` itself. */
int mount_clone(int dir, const char *path, bool recursive);

/* mount_setattr on a mount's root; `propagation` 0 keeps it. */
int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);
int mount_idmap(int fd, int userns, bool recursive);

/* move_mount of a detached tree onto what `target` refers to. */
int mount_attach(int fd, int target);
int mount_attach_at(int fd, int dir, const char *path);

/* pivot_root(".", ".") with the new root as working directory, then the old root is detached; leaves cwd "/". */
int mount_pivot(void);
/* The ramfs way: the new root is moved onto "/" and chroot'ed into. */
int mount_move_root(int root_fd);

/* Detaches what is mounted on top of the working directory. */
int mount_detach_here(void);

/* Remembers nothing: makes every mount of the caller's namespace private (or slave) from "/" down. */
int mount_propagation_all(uint64_t propagation);
