/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/* The caller's own group, /proc/self/cgroup: "4:memory:/user/a" a v1 hierarchy, "0::/user/a" for v2. */

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { OWN_MAX = 1 << 20 };

/* The path of a line that belongs to the hierarchy; NULL: another one. */
static const char *path_in(char *line, const struct cgroup_hierarchy *h)
{
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return NULL;
	*path = '\0';
	return str_eq(controllers + 1, h->v2 ? "" : h->controllers) ? path + 1 : NULL;
}

int cgroup_own_path(const struct cgroup_hierarchy *h, char to[static PATH_MAX])
{
	autofd int fd = path_open(AT_FDCWD, "/proc/self/cgroup", PATH_HOST, O_RDONLY, 0);
	autostr struct str text = STR_INIT;
	int r = fd < 0 ? fd : io_read_all(fd, OWN_MAX, &text);
	char *save = NULL;

	if (r < 0 || text.len == 0)
		return r < 0 ? r : -ENOENT;
	for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *path = path_in(line, h);

		if (!path)
			continue;
		if (strlen(path) >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(to, path, strlen(path) + 1);
		return 0;
	}
	return -ENOENT;
}
