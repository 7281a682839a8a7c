/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/user.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/weaken.h"

enum { FIELDS = 7 };

void user_done(struct user *user)
{
	free(user->home);
	user->home = NULL;
}

bool user_parse_id(const char *text, uint32_t *ret)
{
	uint64_t value = 0;

	if (weakened("ident")) {
		*ret = (uint32_t)strtoul(text, NULL, 10);
		return text[0] >= '0' && text[0] <= '9';
	}
	if (!text[0] || strlen(text) > 10)
		return false;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return false;
		value = value * 10 + (uint64_t)(*c - '0');
	}
	if (value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Does it look like a number? Then it is never looked up as a name. */
static bool is_numeric(const char *text)
{
	return text[0] == '-' || text[0] == '+' || (text[0] && strspn(text, "0123456789") == strlen(text));
}

/* Splits one line at its colons in place. Lines with fewer than `least` fields do not count. */
static bool split(char *line, char *fields[static FIELDS], size_t least)
{
	size_t n = 0;

	while (n < FIELDS) {
		fields[n++] = line;
		line = strchr(line, ':');
		if (!line)
			break;
		*line++ = '\0';
	}
	for (size_t i = n; i < FIELDS; i++)
		fields[i] = NULL;
	return n >= least && fields[0][0] != '\0' && fields[0][0] != '#';
}

/* Copies the next line of *at, cut at the size of `line`; false at the end. */
static bool next_line(const char **at, char *line, size_t size)
{
	size_t len = strcspn(*at, "\n"), kept = len < size ? len : size - 1;

	if (!**at)
		return false;
	memcpy(line, *at, kept);
	line[kept] = '\0';
	*at += len + ((*at)[len] == '\n');
	return true;
}

enum { LINE_MAX_BYTES = 65536 };

static int find_user(const char *passwd, const char *name, bool numeric, struct user *to, char **ret_name, struct err *e)
{
	char line[LINE_MAX_BYTES];
	const char *at = passwd;
	char *f[FIELDS];

	while (at && next_line(&at, line, sizeof(line))) {
		uint32_t uid, gid;

		if (!split(line, f, 4) || !user_parse_id(f[2], &uid) || !user_parse_id(f[3], &gid))
			continue;
		if (numeric ? uid != to->uid : !str_eq(f[0], name))
			continue;
		to->uid = uid;
		to->gid = gid;
		to->home = f[5] ? strdup(f[5]) : NULL;
		*ret_name = strdup(f[0]);
		return *ret_name ? 1 : err_nomem(e);
	}
	return 0;
}

static int find_group(const char *group, const char *name, uint32_t *ret, struct err *e)
{
	char line[LINE_MAX_BYTES];
	const char *at = group;
	char *f[FIELDS];

	while (at && next_line(&at, line, sizeof(line)))
		if (split(line, f, 3) && str_eq(f[0], name) && user_parse_id(f[2], ret))
			return 1;
	return 0;
}

static bool is_member(char *members, const char *name)
{
	char *save = NULL;

	for (char *m = strtok_r(members, ",", &save); m; m = strtok_r(NULL, ",", &save))
		if (str_eq(m, name))
			return true;
	return false;
}

static int add_groups(const char *group, const char *name, struct user *to, struct err *e)
{
	char line[LINE_MAX_BYTES];
	const char *at = group;
	char *f[FIELDS];

	while (at && next_line(&at, line, sizeof(line))) {
		uint32_t gid;

		if (!split(line, f, 4) || !user_parse_id(f[2], &gid) || !is_member(f[3], name))
			continue;
		if (to->n_groups == USER_GROUPS_MAX)
			return err_set(e, ERR_EXHAUSTED, "user '%.100s' is in more than %d groups", name, USER_GROUPS_MAX);
		to->groups[to->n_groups++] = gid;
	}
	return 0;
}

static int resolve_group(const char *text, const char *group, struct user *to, struct err *e)
{
	int found;

	if (is_numeric(text))
		return user_parse_id(text, &to->gid) ? 0 : err_set(e, ERR_INVALID, "invalid gid '%.100s'", text);
	found = find_group(group, text, &to->gid, e);
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "unable to find group %.100s: no matching entries in group file", text);
	return found < 0 ? -1 : 0;
}

static int resolve(const char *text, const char *passwd, const char *group, struct user *to, struct err *e)
{
	autofree char *name = strdup(text), *entry = NULL;
	char *colon = name ? strchr(name, ':') : NULL;
	bool numeric;
	int found;

	if (!name)
		return err_nomem(e);
	if (colon)
		*colon = '\0';
	numeric = is_numeric(name);
	if (numeric && !user_parse_id(name, &to->uid))
		return err_set(e, ERR_INVALID, "invalid uid '%.100s'", name);
	found = name[0] ? find_user(passwd, name, numeric, to, &entry, e) : 0;
	if (found < 0)
		return -1;
	if (!found && !numeric && name[0])
		return err_set(e, ERR_NOT_FOUND, "unable to find user %.100s: no matching entries in passwd file", name);
	if (colon && colon[1])
		return resolve_group(colon + 1, group, to, e);
	return entry ? add_groups(group, entry, to, e) : 0;
}

int user_resolve(const char *text, const char *passwd, const char *group, struct user *ret, struct err *e)
{
	ret->uid = ret->gid = 0;
	ret->n_groups = 0;
	ret->home = NULL;
	if (resolve(text, passwd, group, ret, e) == 0)
		return 0;
	user_done(ret);
	return -1;
}

/* 0 and no text when the file is not there. */
static int read_file(int root, const char *name, struct str *to, struct err *e)
{
	autofd int fd = path_open(root, name, PATH_IN_ROOT, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	int r;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return err_sys(e, -fd, "open '/%s' of the container", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "'/%s' of the container is not a regular file", name);
	r = io_read_file(fd, (size_t)st.st_size, USER_FILE_MAX, to);
	return r < 0 ? err_sys(e, -r, "read '/%s' of the container", name) : 0;
}

int user_resolve_in(int root, const char *text, struct user *ret, struct err *e)
{
	autostr struct str passwd = STR_INIT, group = STR_INIT;

	if (read_file(root, "etc/passwd", &passwd, e) < 0 || read_file(root, "etc/group", &group, e) < 0)
		return -1;
	return user_resolve(text[0] ? text : "0", str_text(&passwd), str_text(&group), ret, e);
}

int user_name(uint32_t uid, char **ret, struct err *e)
{
	autofd int root = path_open(AT_FDCWD, "/", PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autostr struct str passwd = STR_INIT;
	struct user user = { .uid = uid };
	char *name = NULL;
	int found;

	if (root < 0)
		return err_sys(e, -root, "open '/'");
	found = read_file(root, "etc/passwd", &passwd, NULL) < 0 ? 0 : find_user(str_text(&passwd), "", true, &user, &name, e);
	user_done(&user);
	if (found == 0)
		name = str_format("#%u", uid);
	if (found < 0 || !name)
		return found < 0 ? -1 : err_nomem(e);
	*ret = name;
	return 0;
}

void user_find_home(int root, struct user *user)
{
	autostr struct str passwd = STR_INIT;
	struct user found = { .uid = user->uid };
	autofree char *name = NULL;

	if (read_file(root, "etc/passwd", &passwd, NULL) == 0 &&
	    find_user(str_text(&passwd), "", true, &found, &name, NULL) == 1)
		user->home = found.home;
}
