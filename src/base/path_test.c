/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/test.h"

/* Each test works in a fresh directory below /tmp: root/ is the jail, canary lies beside it. */
struct jail {
	char name[32];
	int top, root;
};

static int jail_make(void **state)
{
	static struct jail jail;

	jail = (struct jail){ .name = "/tmp/path_test.XXXXXX" };
	if (!mkdtemp(jail.name))
		return -1;
	jail.top = path_open(AT_FDCWD, jail.name, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	jail.root = file_make_dir(jail.top, "root", 0700);
	if (jail.root < 0 || file_replace(jail.top, "canary", "c", 1, 0600, FILE_ATOMIC, NULL) < 0)
		return -1;
	*state = &jail;
	return 0;
}

static int jail_remove(void **state)
{
	struct jail *jail = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	(void)close(jail->root);
	(void)close(jail->top);
	return path_remove_tree(tmp, jail->name + 5);
}

static void no_path_leaves_the_root(void **state)
{
	struct jail *jail = *state;
	static const char *const ways[] = { "../canary", "/../canary", "up/canary", "abs", "a/../../canary" };

	assert_int_equal(symlinkat("..", jail->root, "up"), 0);
	assert_int_equal(symlinkat("/etc/passwd", jail->root, "abs"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		assert_int_equal(path_open(jail->root, ways[i], PATH_IN_ROOT, O_RDONLY, 0), -ENOENT);
}

static void our_own_paths_take_no_link(void **state)
{
	struct jail *jail = *state;

	assert_int_equal(symlinkat(".", jail->root, "link"), 0);
	assert_int_equal(path_open(jail->root, "link", PATH_OWN, O_RDONLY, 0), -ELOOP);
	assert_int_equal(path_open(jail->root, "../canary", PATH_OWN, O_RDONLY, 0), -EXDEV);
}

static void a_trailing_slash_does_not_follow_the_last_link(void **state)
{
	struct jail *jail = *state;
	autofd int fd = -EBADF;
	struct stat st;

	assert_int_equal(symlinkat(".", jail->root, "link"), 0);
	fd = path_open(jail->root, "link/", PATH_IN_ROOT_NOFOLLOW, O_PATH, 0);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void directories_are_made_inside_through_links(void **state)
{
	struct jail *jail = *state;
	autofd int fd = -EBADF, again = -EBADF;

	assert_int_equal(mkdirat(jail->root, "usr", 0755), 0);
	assert_int_equal(symlinkat("/usr", jail->root, "lib"), 0);
	fd = path_make_dirs(jail->root, "/lib/a//b", PATH_IN_ROOT, 0755);
	assert_true(fd >= 0);
	again = path_open(jail->root, "usr/a/b", PATH_OWN, O_PATH, 0);
	assert_true(again >= 0);
	assert_int_equal(symlinkat("nowhere", jail->root, "dangling"), 0);
	assert_int_equal(path_make_dirs(jail->root, "dangling/x", PATH_IN_ROOT, 0755), -ENOTDIR);
}

static void dots_in_a_path_that_is_made_lead_where_they_say(void **state)
{
	const struct jail *p = *state;
	autofd int made = path_make_dirs(p->root, "one//two/../three/", PATH_IN_ROOT, 0755), found = -EBADF;

	assert_true(made >= 0);
	found = path_open(p->root, "one/three", PATH_OWN, O_PATH | O_DIRECTORY, 0);
	assert_true(found >= 0);
	assert_int_equal(faccessat(p->root, "one/two", F_OK, 0), 0);
}

static void what_a_dangling_link_leads_to_is_made_inside(void **state)
{
	const struct jail *p = *state;
	autofd int made = -EBADF, file = -EBADF, again = -EBADF;
	struct stat st;
	bool fresh;

	assert_int_equal(symlinkat("/tmp/foo/../bar", p->root, "jump"), 0);
	assert_int_equal(mkdirat(p->root, "etc", 0755), 0);
	assert_int_equal(symlinkat("../../../jump/baz/hosts", p->root, "etc/hosts"), 0);
	made = path_make(p->root, "/etc/hosts", false, 0755, 0644, &fresh);
	assert_true(made >= 0 && fresh);
	file = path_open(p->root, "tmp/bar/baz/hosts", PATH_OWN, O_PATH, 0);
	assert_true(file >= 0);
	assert_int_equal(fstat(file, &st), 0);
	assert_true(S_ISREG(st.st_mode) && st.st_size == 0);
	again = path_make(p->root, "jump/dir/./", true, 0755, 0644, &fresh);
	assert_true(again >= 0);
	assert_int_equal(fstat(again, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	own_close((int[]){ path_make(p->root, "jump/dir", false, 0755, 0644, &fresh) });
	assert_false(fresh);
}

static void links_in_a_circle_end(void **state)
{
	const struct jail *p = *state;
	bool fresh;

	assert_int_equal(symlinkat("two/x", p->root, "one"), 0);
	assert_int_equal(symlinkat("one/y", p->root, "two"), 0);
	assert_int_equal(path_make(p->root, "one", true, 0755, 0644, &fresh), -ELOOP);
	assert_int_equal(symlinkat("..", p->root, "up"), 0);
	own_close((int[]){ path_make(p->root, "up/../canary/x", true, 0755, 0644, &fresh) });
	assert_int_equal(faccessat(p->root, "canary/x", F_OK, 0), 0);
}

static void a_tree_goes_but_what_its_links_point_to_stays(void **state)
{
	struct jail *jail = *state;
	autofd int fd = path_make_dirs(jail->root, "a/b/c", PATH_OWN, 0755), canary = -EBADF;

	assert_int_equal(symlinkat("../../../../canary", fd, "file"), 0);
	assert_int_equal(symlinkat("../../../..", fd, "dir"), 0);
	assert_int_equal(path_remove_tree(jail->root, "a"), 0);
	assert_int_equal(path_open(jail->root, "a", PATH_OWN, O_PATH, 0), -ENOENT);
	canary = path_open(jail->top, "canary", PATH_OWN, O_RDONLY, 0);
	assert_true(canary >= 0);
	assert_int_equal(path_remove_tree(jail->root, "a"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_path_leaves_the_root, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(dots_in_a_path_that_is_made_lead_where_they_say, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(our_own_paths_take_no_link, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(a_trailing_slash_does_not_follow_the_last_link, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(directories_are_made_inside_through_links, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(what_a_dangling_link_leads_to_is_made_inside, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(links_in_a_circle_end, jail_make, jail_remove),
		cmocka_unit_test_setup_teardown(a_tree_goes_but_what_its_links_point_to_stays, jail_make, jail_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
