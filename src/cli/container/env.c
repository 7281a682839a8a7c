/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "base/str.h"

enum { ENV_FILE_MAX = 1 << 20 };

/* NAME=value is set; NAME alone takes our own value, and is nothing where we have none. */
static int env_apply(struct strv *env, const char *text, struct err *e)
{
	size_t len = strcspn(text, "=");
	autofree char *name = strndup(text, len);
	const char *value;

	if (!name)
		return err_nomem(e);
	if (len == 0)
		return err_set(e, ERR_INVALID, "invalid environment variable: '%s'", text);
	value = text[len] ? text + len + 1 : getenv(name);
	return value && strv_env_set(env, name, value) < 0 ? err_nomem(e) : 0;
}

static int env_set(void *field, const char *value, struct err *e)
{
	if (*value == '\0' || *value == '=')
		return err_set(e, ERR_INVALID, "NAME or NAME=VALUE is wanted");
	return opt_type_list.set(field, value, e);
}

static int env_file_line(struct strv *env, char *line, struct err *e)
{
	size_t len;

	line += strspn(line, " \t");
	if (*line == '#' || !*line)
		return 0;
	len = strcspn(line, "=");
	if (strcspn(line, " \t") < len)
		return err_set(e, ERR_INVALID, "poorly formatted environment: variable '%.*s' contains whitespaces", (int)len,
			       line);
	return env_apply(env, line, e);
}

int env_file_read(struct strv *env, const char *path, struct err *e)
{
	autostr struct str text = STR_INIT;
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);
	unsigned number = 0;
	char *rest, *line;
	int r = fd < 0 ? fd : io_read_all(fd, ENV_FILE_MAX, &text);

	if (r < 0)
		return err_sys(e, -r, "read environment file '%s'", path);
	if (text.len && strlen(text.data) != text.len)
		return err_set(e, ERR_INVALID, "environment file '%s' has a NUL byte", path);
	for (rest = text.data; (line = strsep(&rest, "\n"));) {
		size_t len = strlen(line);

		number++;
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		if (env_file_line(env, line, e) < 0)
			return err_prefix(e, "environment file '%s', line %u", path, number);
	}
	return 0;
}

int env_apply_all(struct strv *env, const struct strv *texts, struct err *e)
{
	for (size_t i = 0; i < texts->n; i++)
		if (env_apply(env, texts->items[i], e) < 0)
			return -1;
	return 0;
}

const struct opt_type opt_type_env = { "list", env_set };
