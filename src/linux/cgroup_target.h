/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One group that limits are written to, for the files cgroup_*.c that know the words of one controller. Which hierarchy
 * has a controller differs from machine to machine; what is written there is one short text by one write.
 */

#include <stdbool.h>

#include "linux/cgroup.h"

struct cgroup_target {
	const struct cgroup_system *system;
	const char *path;
	struct err *e;
};

/* The hierarchy that has the controller; NULL, with *e set, without. */
const struct cgroup_hierarchy *target_need(const struct cgroup_target *t, const char *controller);

/* Writes a file of the group, by name and not by path. target_try: 0 or -errno. target_put: 0, or -1 and *e names the file; one that does not
 * exist is ERR_UNSUPPORTED. */
int target_try(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text);
int target_put(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text);
int target_failed(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text,
		  int r); /* sets *e for what target_try answered */

bool target_has(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file);

/* A whole file, its first line, or that as a number, where "max" is UINT64_MAX: 0 or -errno. */
int target_text(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, struct str *to);
int target_line(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, char *to, size_t size);
int target_number(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, uint64_t *ret);

/* A number that may not be there: then it stays what it is. 0 or -errno. */
int target_count(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, uint64_t *to);

/* Calls `each` for every line "NAME NUMBER" of a file. 0 or -errno. */
int target_each(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		int (*each)(const char *name, uint64_t value, void *arg), void *arg);

enum { TARGET_TEXT = 32 };

/* How a number is said: as it is, or "max" for what is unlimited. */
enum target_words { WORDS_NUMBER, WORDS_MAX_IF_NEGATIVE };

const char *target_say(enum target_words words, int64_t value, char to[static TARGET_TEXT]);
