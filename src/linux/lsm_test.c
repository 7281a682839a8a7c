/* SPDX-License-Identifier: Apache-2.0 */

/* AppArmor and SELinux against files as the kernel writes them: recorded on Debian 12's 6.1, booted with each and without. */

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/test.h"
#include "linux/apparmor.h"
#include "linux/mount.h"
#include "linux/procattr.h"
#include "linux/selinux.h"

static const char filesystems[] = "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tsecurityfs\n\text4\nnodev\tmqueue\n";
static const char with_selinux[] = "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tsecurityfs\nnodev\tselinuxfs\n\text4\n";

static char top[] = "/tmp/lsm_test.XXXXXX";

/* A root with these two files, NULL: not there. */
static int fake_root(const char *enabled, const char *types)
{
	static const char *const dirs[] = { "sys/module/apparmor/parameters", "proc" };
	int root = path_open(AT_FDCWD, top, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	const struct { const char *dir, *name, *text; } files[] = { { dirs[0], "enabled", enabled },
								     { dirs[1], "filesystems", types } };

	assert_true(root >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		autofd int dir = path_make_dirs(root, files[i].dir, PATH_OWN, 0755);

		assert_true(dir >= 0);
		(void)unlinkat(dir, files[i].name, 0);
		if (files[i].text)
			assert_int_equal(file_replace(dir, files[i].name, files[i].text, strlen(files[i].text), 0444, FILE_ATOMIC,
						      NULL), 0);
	}
	return root;
}

static void the_kernel_says_which_module_is_active(void **state)
{
	static const struct { const char *enabled, *types; bool apparmor, selinux; } rows[] = {
		{ "Y\n", filesystems, true, false },
		{ "N\n", with_selinux, false, true },
		{ NULL, filesystems, false, false },
		{ "", "", false, false },
		{ NULL, NULL, false, false },
		{ "Yes\n", "nodev\tselinuxfs2\nselinuxfs\n", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofd int root = fake_root(rows[i].enabled, rows[i].types);

		assert_int_equal(apparmor_enabled(root), rows[i].apparmor);
		assert_int_equal(selinux_enabled(root), rows[i].selinux);
	}
}

static void an_attribute_that_holds_nothing_after_the_write_was_not_set(void **state)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(procattr_write(fds[1], "x"), -ESPIPE);
	(void)close(fds[0]);
	(void)close(fds[1]);
	fds[0] = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0);
	assert_int_equal(procattr_write(fds[0], "exec docker-default"), -EIO);
	(void)close(fds[0]);
}

static void the_attributes_are_the_kernels(void **state)
{
	autofd int fd = procattr_open("current");

	assert_true(fd >= 0 || fd == -ENOENT);
	assert_int_equal(procattr_open("no-such-attribute"), -ENOENT);
	assert_int_equal(procattr_open("../comm") >= 0, true); /* a name of ours: below /proc is all that is promised */
	assert_int_equal(procattr_open("../exe"), -ELOOP);
}

static int try_covered(const char *what, const char *on)
{
	const char *refused;
	int tree;

	if (unshare(CLONE_NEWNS) < 0 || mount_propagation_all(MS_PRIVATE) < 0)
		return 77;
	tree = what[0] == '/' ? mount_clone(AT_FDCWD, what, false) : mount_new(what, what, NULL, 0, &refused);
	if (tree < 0 || mount_attach_at(tree, AT_FDCWD, on) < 0)
		return 77;
	return procattr_open("exec") == -EXDEV ? 0 : 1;
}

static void a_covered_proc_is_noticed(void **state)
{
	static const struct { const char *what, *on; } covers[] = {
		{ "tmpfs", "/proc" }, { "/proc/sys", "/proc" }, { "tmpfs", "/proc/thread-self/attr" }, { "/dev/null", "/proc/thread-self/attr/exec" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(covers); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(geteuid() == 0 ? try_covered(covers[i].what, covers[i].on) : 77);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(status == 0 || WEXITSTATUS(status) == 77);
	}
}

static int clean(void **state)
{
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return path_remove_tree(tmp, top + strlen("/tmp/"));
}

static int make(void **state)
{
	return mkdtemp(top) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_which_module_is_active),
		cmocka_unit_test(an_attribute_that_holds_nothing_after_the_write_was_not_set),
		cmocka_unit_test(the_attributes_are_the_kernels),
		cmocka_unit_test(a_covered_proc_is_noticed),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
