/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For unit tests: a directory that plays the root of one hierarchy, with files named as the kernel names them. A plain
 * file keeps what it was given and answers it; one that is laid out by fake_listen is a FIFO whose reading end the test
 * holds, so that several writes are all heard, in order.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"
#include "linux/cgroup.h"

struct fake {
	char dir[64];
	int fd;
	struct cgroup_hierarchy h;
	struct cgroup_system system;
	int ears[16];
	char *heard[16]; /* their names */
	size_t n;
};

static inline int fake_open(void **state, const char *controllers, bool v2)
{
	struct fake *f = calloc(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/lighter-cgroup-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->fd = path_open(AT_FDCWD, f->dir, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	f->h = (struct cgroup_hierarchy){ strdup(controllers), f->dir, v2 };
	f->system = (struct cgroup_system){ &f->h, 1 };
	*state = f;
	return f->fd < 0;
}

static inline int fake_close(void **state)
{
	struct fake *f = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	assert_int_equal(path_remove_tree(tmp, f->dir + strlen("/tmp/")), 0);
	for (size_t i = 0; i < f->n; i++) {
		(void)close(f->ears[i]);
		free(f->heard[i]);
	}
	(void)close(f->fd);
	free(f->h.controllers);
	free(f);
	return 0;
}

static inline void fake_put(struct fake *f, const char *name, const char *text)
{
	autofd int fd = path_open(f->fd, name, PATH_OWN, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline void fake_expect(struct fake *f, const char *name, const char *text)
{
	char line[100] = "";

	assert_int_equal(file_read_line(f->fd, name, line, sizeof(line)), 0);
	assert_string_equal(line, text);
}

static inline void fake_listen(struct fake *f, const char *name)
{
	assert_true(f->n < ARRAY_SIZE(f->ears));
	assert_int_equal(mkfifoat(f->fd, name, 0600), 0);
	f->ears[f->n] = path_open(f->fd, name, PATH_OWN, O_RDWR | O_NONBLOCK, 0);
	assert_true(f->ears[f->n] >= 0);
	f->heard[f->n++] = strdup(name);
}

/* All that was written to it since it was asked last, without separators. */
static inline void fake_heard(struct fake *f, const char *name, const char *text)
{
	char got[400] = "";

	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->heard[i], name) && read(f->ears[i], got, sizeof(got) - 1) < 0)
			assert_int_equal(errno, EAGAIN);
	assert_string_equal(got, text);
}
