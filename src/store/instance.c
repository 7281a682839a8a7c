/* SPDX-License-Identifier: Apache-2.0 */
#include "store/instance.h"

/*
 * Everything that two instances could collide in is derived here from the data root: the cgroup parent and the block of
 * user namespace ranges. systemd gives its containers ids up to 0x6fffffff; ours begin above.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

enum { RANGE = 65536, RANGES = 512, BLOCKS = 8 };

static const uint32_t first_id = 0x70000000;
static const char default_root[] = "/var/lib/lighter", default_run_root[] = "/run/lighter";

/* FNV-1a: what is wanted is a name, not a secret. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h;
}

static char *choose_root(const char *given, const char *variable, const char *fixed, const char *xdg,
			 const char *home_below)
{
	const char *env = getenv(variable), *base = getenv(xdg), *home = getenv("HOME");

	if (given)
		return strdup(given);
	if (env && env[0])
		return strdup(env);
	if (geteuid() == 0)
		return strdup(fixed);
	if (base && base[0])
		return str_format("%s/lighter", base);
	return str_format("%s/%s", home ? home : "/", home_below);
}

static int open_root(char **path, const char *what, struct err *e)
{
	autofd int fd = -EBADF;
	char *real;

	if (!*path)
		return err_nomem(e);
	fd = path_make_dirs(AT_FDCWD, *path, PATH_HOST, 0700);
	if (fd < 0)
		return err_sys(e, -fd, "open %s '%s'", what, *path);
	real = realpath(*path, NULL);
	if (!real)
		return err_sys(e, errno, "resolve %s '%s'", what, *path);
	free(*path);
	*path = real;
	return take_fd(fd);
}

/* Beside our own program, or in ../libexec/lighter: never through PATH. */
static char *find_libexec(struct err *e)
{
	char self[PATH_MAX], *slash;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	autofree char *beside = NULL;

	if (len < 0) {
		(void)err_sys(e, errno, "find our own program");
		return NULL;
	}
	self[len] = '\0';
	slash = strrchr(self, '/');
	*slash = '\0';
	beside = str_format("%s/lighter-monitor", self);
	if (beside && access(beside, X_OK) == 0)
		return strdup(self);
	return str_format("%s/../libexec/lighter", self);
}

static int derive(struct instance *i, struct err *e)
{
	uint64_t h = hash(i->root);

	(void)snprintf(i->tag, sizeof(i->tag), "%016llx", (unsigned long long)h);
	i->cgroup_parent = str_eq(i->root, default_root) ? strdup("/lighter") : str_format("/lighter-%s", i->tag);
	i->id_base = first_id + (uint32_t)(h % BLOCKS) * RANGES * RANGE;
	i->id_ranges = RANGES;
	i->libexec = find_libexec(e);
	if (!i->libexec)
		return -1;
	return i->cgroup_parent ? clock_boot_id(i->boot_id, e) : err_nomem(e);
}

int instance_open(const char *root, const char *run_root, struct instance **ret, struct err *e)
{
	cleanup(instance_free_p) struct instance *i = calloc(1, sizeof(*i));

	if (!i)
		return err_nomem(e);
	i->root_fd = i->run_fd = -EBADF;
	i->root = choose_root(root, "LIGHTER_ROOT", default_root, "XDG_DATA_HOME", ".local/share/lighter");
	i->run_root = choose_root(run_root, "LIGHTER_RUN_ROOT", default_run_root, "XDG_RUNTIME_DIR", ".lighter-run");
	i->root_fd = open_root(&i->root, "data root", e);
	if (i->root_fd < 0)
		return -1;
	i->run_fd = open_root(&i->run_root, "run root", e);
	if (i->run_fd < 0 || derive(i, e) < 0)
		return -1;
	*ret = take_ptr(i);
	return 0;
}

void instance_free(struct instance *i)
{
	if (!i)
		return;
	own_close(&i->root_fd);
	own_close(&i->run_fd);
	free(i->root);
	free(i->run_root);
	free(i->cgroup_parent);
	free(i->libexec);
	free(i);
}

static int make_dir(int root, const char *path, struct err *e)
{
	int fd = path_make_dirs(root, path, PATH_OWN, 0700);

	return fd < 0 ? err_sys(e, -fd, "open directory '%s' of the instance", path) : fd;
}

int instance_dir(const struct instance *instance, const char *path, struct err *e)
{
	return make_dir(instance->root_fd, path, e);
}

int instance_run_dir(const struct instance *instance, const char *path, struct err *e)
{
	return make_dir(instance->run_fd, path, e);
}
