/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mounts by descriptor: fsopen, open_tree, mount_setattr, move_mount. A descriptor of a detached tree owns it: closing
 * it before it is attached unmounts the tree. All functions return a descriptor or 0, and -errno on failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/mount_options.h"

/* The words that are no data of a file system, by number; NULL past the last. */
const char *mount_option_name(size_t i);

/* fsopen + fsconfig + fsmount: a detached mount. `source` may be NULL. *ret_option: the option that the kernel refused
 * (borrowed from `data`), untouched otherwise. */
int mount_new(const char *type, const char *source, const struct strv *data, uint64_t attributes,
	      const char **ret_option);

/* The same, attached to the directory `target` at once, as most are: one mount(2) where that can say it all. The working
 * directory is `target` afterwards. */
int mount_new_at(int target, const char *type, const char *source, const struct strv *data, uint64_t attributes,
		 const char **ret_option);

/* True for file systems that live on a block device: "ro" is then for the super block too. */
bool mount_type_has_device(const char *type);

/* open_tree(OPEN_TREE_CLONE) of `path` below `dir`; "" means `dir` itself. */
int mount_clone(int dir, const char *path, bool recursive);

/* mount_setattr on a mount's root; `propagation` 0 keeps it. */
int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);
int mount_idmap(int fd, int userns, bool recursive);

/* Attributes of a bind mount as runc and the spirit of mount(8) have it: without a word about them all stay; with one,
 * those that are not named go too, except where a user namespace has locked them. -EPERM: a locked one was named. */
int mount_set_bind(int fd, const struct mount_options *options);

/* The propagation words in their order. */
int mount_propagate(int fd, const struct mount_options *options);

/* `remount`: of the mount that `target` is the root of, -EINVAL if it is none; for a bind the mount's attributes alone. */
int mount_remount(int target, const struct mount_options *options, const char **ret_option);

/* True if `fd` is the root of a mount. */
bool mount_is_root(int fd);

/* move_mount of a detached tree onto what `target` refers to. */
int mount_attach(int fd, int target);
int mount_attach_at(int fd, int dir, const char *path);

/* Of the mount that `fd` is the root of, with what is below; /proc must be there. */
int mount_detach(int fd);

/* pivot_root(".", ".") with the new root as working directory, which it stays; then the old root is detached. */
int mount_pivot(void);
/* Where a pivot is not possible, for a root that lies attached on "/": chroot. */
int mount_move_root(int root_fd);
/* As mount_move_root for a container without a pivot: whatever else is mounted below "/" is detached or covered first,
 * because it stays within reach of who may chroot and would vouch for a fresh proc and sysfs. */
int mount_move_root_alone(int root_fd);

/* Makes every mount of the caller's namespace private (or slave) from "/" down. */
int mount_propagation_all(uint64_t propagation);
