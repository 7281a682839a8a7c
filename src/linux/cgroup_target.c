/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_target.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { FILE_MAX = 4 << 20 };

const struct cgroup_hierarchy *target_need(const struct cgroup_target *t, const char *controller)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, controller);

	if (!h)
		(void)err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: the '%s' controller is not available", controller);
	return h;
}

int target_try(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text)
{
	char name[PATH_MAX];

	if (strchr(file, '/'))
		return -EINVAL;
	return file_write_text(AT_FDCWD, cgroup_file(h, t->path, file, name), text);
}

int target_failed(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text,
		  int r)
{
	char name[PATH_MAX];

	(void)cgroup_file(h, t->path, file, name);
	if (r == -ENOENT)
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: there is no '%s'", name);
	return err_sys(t->e, -r, "write '%s' to '%s'", text, name);
}

int target_put(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *text)
{
	int r = target_try(t, h, file, text);

	return r < 0 ? target_failed(t, h, file, text, r) : 0;
}

bool target_has(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file)
{
	char name[PATH_MAX];
	struct stat st;

	return stat(cgroup_file(h, t->path, file, name), &st) == 0;
}

int target_text(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, struct str *to)
{
	char name[PATH_MAX];
	autofd int fd = path_open(AT_FDCWD, cgroup_file(h, t->path, file, name), PATH_HOST, O_RDONLY, 0);

	str_clear(to);
	return fd < 0 ? fd : io_read_all(fd, FILE_MAX, to);
}

int target_line(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, char *to, size_t size)
{
	char name[PATH_MAX];

	return file_read_line(AT_FDCWD, cgroup_file(h, t->path, file, name), to, size);
}

int target_number(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, uint64_t *ret)
{
	char text[TARGET_TEXT], *end;
	int r = target_line(t, h, file, text, sizeof(text));
	uint64_t value;

	if (r < 0)
		return r;
	if (str_eq(text, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int target_count(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, uint64_t *to)
{
	int r = target_number(t, h, file, to);

	return r == -ENOENT ? 0 : r;
}

int target_each(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		int (*each)(const char *name, uint64_t value, void *arg), void *arg)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, file, &text);
	char *save = NULL;

	if (r < 0 || text.len == 0)
		return r;
	for (char *line = strtok_r(text.data, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save)) {
		char *number = strchr(line, ' ');

		if (!number)
			continue;
		*number++ = '\0';
		r = each(line, strtoull(number, NULL, 10), arg);
	}
	return r;
}

const char *target_say(enum target_words words, int64_t value, char to[static TARGET_TEXT])
{
	if (words == WORDS_MAX_IF_NEGATIVE && value < 0)
		(void)snprintf(to, TARGET_TEXT, "max");
	else
		(void)snprintf(to, TARGET_TEXT, "%lld", (long long)value);
	return to;
}
