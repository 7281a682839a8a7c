/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"

struct place {
	char root[64];
	struct registry registry;
};

static int make(int dir, const char *name)
{
	autofd int fd = path_open(dir, name, PATH_OWN, O_WRONLY | O_CREAT, 0600);

	return fd < 0 ? fd : write(fd, "x", 1) == 1 ? 0 : -EIO;
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	autofree char *images = NULL;

	(void)snprintf(p->root, sizeof(p->root), "/tmp/confine.XXXXXX");
	if (!mkdtemp(p->root))
		return -1;
	images = str_format("%s/images", p->root);
	if (mkdir(images, 0700) < 0 || registry_open(p->root, images, &p->registry, NULL) < 0)
		return -1;
	*state = p;
	return make(p->registry.uploads, "up") < 0 || make(p->registry.blobs, "old") < 0 || make(p->registry.images, "image") < 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	(void)path_remove_tree(tmp, p->root + sizeof("/tmp/") - 1);
	registry_done(&p->registry);
	free(p);
	return 0;
}

static bool opens(int dir, const char *path, int flags)
{
	autofd int fd = path_open(dir, path, dir == AT_FDCWD ? PATH_HOST : PATH_OWN, flags, 0600);

	return fd >= 0;
}

/* The first thing that is not as it should be, or 0. */
static int confined(const struct registry *r)
{
	if (confine(r, NULL) < 0)
		return 1;
	if (opens(AT_FDCWD, "/etc/passwd", O_RDONLY) || opens(AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY))
		return 2;
	if (opens(r->blobs, "old", O_WRONLY) || opens(r->blobs, "other", O_WRONLY | O_CREAT) || !opens(r->blobs, "old", O_RDONLY))
		return 3;
	if (opens(r->images, "image", O_WRONLY) || unlinkat(r->images, "image", 0) == 0)
		return 4;
	if (!opens(r->uploads, "up", O_RDWR) || linkat(r->uploads, "up", r->blobs, "new", 0) < 0)
		return 5;
	if (opens(r->blobs, "new", O_WRONLY) || linkat(r->blobs, "new", r->uploads, "back", 0) == 0)
		return 6;
	if (linkat(r->images, "image", r->blobs, "image", 0) < 0)
		return 7;
	return 0;
}

static void what_is_published_is_never_written_again(void **state)
{
	struct place *p = *state;
	int status = 0;
	pid_t pid;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(confined(&p->registry));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_published_is_never_written_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
