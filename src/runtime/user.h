/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Users and groups by the container's own /etc/passwd and /etc/group, read by our own parser: nothing of the container
 * is loaded. Ids are strict: decimal, no sign, no space, at most 4294967294 (4294967295 is -1, "unchanged").
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { USER_FILE_MAX = 8 << 20, USER_GROUPS_MAX = 1024 };

struct user {
	uint32_t uid, gid;
	uint32_t groups[USER_GROUPS_MAX];
	size_t n_groups;
	char *home; /* NULL: the user has no entry */
};

void user_done(struct user *user);

/* True and *ret for a valid id. */
bool user_parse_id(const char *text, uint32_t *ret);

/* "NAME|UID[:GROUP|GID]" by the text of the two files (NULL: the file does not exist). With a group given there are no
 * supplementary groups, as with Docker. ERR_NOT_FOUND names what has no entry. */
int user_resolve(const char *text, const char *passwd, const char *group, struct user *ret, struct err *e);

/* The same with /etc/passwd and /etc/group below `root`: regular files only. An empty text is "0". */
int user_resolve_in(int root, const char *text, struct user *ret, struct err *e);

/* The name that the host's /etc/passwd has for a uid, or "#UID"; on the heap. */
int user_name(uint32_t uid, char **ret, struct err *e);

/* user->home of user->uid by /etc/passwd below `root`; it stays NULL where there is none that can be read. */
void user_find_home(int root, struct user *user);
