/* SPDX-License-Identifier: Apache-2.0 */
#include "base/copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/test.h"

struct pair {
	char name[32];
	int top, from, to;
};

static int pair_make(void **state)
{
	static struct pair pair;

	pair = (struct pair){ .name = "/tmp/copy_test.XXXXXX" };
	if (!mkdtemp(pair.name))
		return -1;
	pair.top = path_open(AT_FDCWD, pair.name, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	(void)mkdirat(pair.top, "from", 0755);
	(void)mkdirat(pair.top, "to", 0755);
	pair.from = path_open(pair.top, "from", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	pair.to = path_open(pair.top, "to", PATH_OWN, O_PATH | O_DIRECTORY, 0);
	*state = &pair;
	return pair.from < 0 || pair.to < 0 ? -1 : 0;
}

static int pair_remove(void **state)
{
	struct pair *p = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	(void)close(p->top);
	(void)close(p->from);
	(void)close(p->to);
	return path_remove_tree(tmp, p->name + 5);
}

static struct stat look(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void files_of_every_kind_arrive_with_their_facts(void **state)
{
	const struct pair *p = *state;
	const struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	autostr struct str text = STR_INIT;
	char link[64] = "";
	struct stat st;

	assert_int_equal(mkdirat(p->from, "d", 0755), 0);
	assert_int_equal(file_replace(p->from, "d/f", "hello", 5, 0600, FILE_ATOMIC, NULL), 0);
	assert_int_equal(fchmodat(p->from, "d/f", 04711, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", p->from, "l"), 0);
	assert_int_equal(mknodat(p->from, "p", S_IFIFO | 0640, 0), 0);
	assert_int_equal(utimensat(p->from, "d/f", times, 0), 0);
	assert_int_equal(fchmodat(p->from, "d", 02770, 0), 0);
	assert_int_equal(utimensat(p->from, "d", times, 0), 0);
	assert_int_equal(copy_tree(p->from, p->to, NULL), 0);

	assert_int_equal(file_read(p->to, "d/f", 100, &text, NULL), 0);
	assert_string_equal(str_text(&text), "hello");
	st = look(p->to, "d/f");
	assert_int_equal(st.st_mode, S_IFREG | 04711);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
	st = look(p->to, "d");
	assert_int_equal(st.st_mode, S_IFDIR | 02770);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(look(p->to, "p").st_mode, S_IFIFO | 0640);
	assert_true(readlinkat(p->to, "l", link, sizeof(link) - 1) > 0);
	assert_string_equal(link, "/etc/passwd");
}

static void what_is_there_stays(void **state)
{
	const struct pair *p = *state;
	autostr struct str text = STR_INIT;

	assert_int_equal(file_replace(p->from, "f", "new", 3, 0600, FILE_ATOMIC, NULL), 0);
	assert_int_equal(file_replace(p->to, "f", "old", 3, 0600, FILE_ATOMIC, NULL), 0);
	assert_int_equal(copy_tree(p->from, p->to, NULL), 0);
	assert_int_equal(file_read(p->to, "f", 100, &text, NULL), 0);
	assert_string_equal(str_text(&text), "old");
}

static void owners_follow_where_that_is_permitted(void **state)
{
	const struct pair *p = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(p->from, 7, 8), 0);
	assert_int_equal(file_replace(p->from, "f", "x", 1, 0600, FILE_ATOMIC, NULL), 0);
	assert_int_equal(fchownat(p->from, "f", 5, 6, 0), 0);
	assert_int_equal(copy_tree(p->from, p->to, NULL), 0);
	assert_int_equal(look(p->to, "f").st_uid, 5);
	assert_int_equal(look(p->to, "f").st_gid, 6);
	assert_int_equal(look(p->to, ".").st_uid, 7);
}

static void a_tree_that_is_too_deep_is_an_error_not_a_crash(void **state)
{
	const struct pair *p = *state;
	int at = dup(p->from);
	struct err e = ERR_INIT;

	for (int i = 0; i < 400; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = path_open(at, "d", PATH_OWN, O_PATH | O_DIRECTORY, 0);
		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	assert_true(copy_tree(p->from, p->to, &e) < 0);
	assert_int_equal(e.code, ERR_EXHAUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_of_every_kind_arrive_with_their_facts, pair_make, pair_remove),
		cmocka_unit_test_setup_teardown(what_is_there_stays, pair_make, pair_remove),
		cmocka_unit_test_setup_teardown(owners_follow_where_that_is_permitted, pair_make, pair_remove),
		cmocka_unit_test_setup_teardown(a_tree_that_is_too_deep_is_an_error_not_a_crash, pair_make, pair_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
