/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Id maps of user namespaces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct userns_extent {
	uint32_t inside, outside, size;
};

struct userns_map {
	const struct userns_extent *extents;
	size_t n; /* at most 340 */
};

/* Writes a map to FILE (uid_map, gid_map) below a descriptor of /proc/PID, in the one write that the kernel allows. */
int userns_write_map(int proc_pid_fd, const char *file, const struct userns_map *map);
int userns_deny_setgroups(int proc_pid_fd);

/* Reads a map as this process sees it; the extents are on the heap. */
int userns_read_map(int proc_pid_fd, const char *file, struct userns_map *ret);
int userns_parse_map(const char *text, struct userns_map *ret);

bool userns_same_map(const struct userns_map *a, const struct userns_map *b);

/* A descriptor of a new user namespace with these maps and no process in it, for mount_idmap. */
int userns_make(const struct userns_map *uids, const struct userns_map *gids);

/* The outer id of an inner one; false when it is not mapped. */
bool userns_outside(const struct userns_map *map, uint32_t inside, uint32_t *ret);

/* Are we in the machine's own user namespace? */
bool userns_is_initial(void);
/* ... and root, as we were when our program began? */
bool userns_is_machine_root(void);
