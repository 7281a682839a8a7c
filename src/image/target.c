/* SPDX-License-Identifier: Apache-2.0 */
#include "image/target.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"

void target_done(struct target *t)
{
	if (t->temporary[0])
		(void)unlinkat(t->dir, t->temporary, 0);
	own_close(&t->fd);
	own_close(&t->dir);
}

static int open_temporary(struct target *t)
{
	(void)snprintf(t->temporary, sizeof(t->temporary), ".%.200s.%d", t->name, (int)getpid());
	t->fd = path_open(t->dir, t->temporary, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, 0600);
	if (t->fd < 0)
		t->temporary[0] = '\0';
	return t->fd;
}

int target_open(struct target *t, struct err *e)
{
	struct stat st;

	if (!t->path)
		return STDOUT_FILENO;
	t->dir = path_open_parent(AT_FDCWD, t->path, PATH_HOST, &t->name);
	if (t->dir < 0)
		return err_sys(e, -t->dir, "invalid output path '%s'", t->path);
	if (fstatat(t->dir, t->name, &st, 0) == 0 && !S_ISREG(st.st_mode))
		t->fd = path_open(AT_FDCWD, t->path, PATH_HOST_MAGIC, O_WRONLY | O_NOCTTY, 0);
	else
		(void)open_temporary(t);
	return t->fd < 0 ? err_sys(e, -t->fd, "invalid output path '%s'", t->path) : t->fd;
}

int target_finish(struct target *t, struct err *e)
{
	if (!t->temporary[0])
		return 0;
	if (renameat(t->dir, t->temporary, t->dir, t->name) < 0)
		return err_sys(e, errno, "write '%s'", t->path);
	t->temporary[0] = '\0';
	return 0;
}
