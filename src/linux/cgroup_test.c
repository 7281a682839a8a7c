/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/* Against recorded mount tables and plain directories with the kernel's file names; tests/sys/cgroup.bats asks the kernel. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"
#include "linux/cgroup_fake.h"

static const char separate[] =
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/x,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
static const char together[] =
	"29 26 0:25 / /sys/fs/cgroup/net_cls,net_prio rw shared:11 - cgroup cgroup rw,seclabel,net_cls,net_prio\n"
	"30 26 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,favordynmods,cpu,cpuacct\n"
	"30 26 0:26 / /mnt/again rw shared:12 - cgroup cgroup rw,cpu,cpuacct\n"
	"31 26 0:27 / /mnt/my\\040groups rw - cgroup cgroup rw,pids\n"
	"36 26 0:30 / /sys rw - sysfs sysfs rw\n"
	"torn line - cgroup\n";

static void hierarchies_are_found_in_the_mount_table(void **state)
{
	struct cgroup_system s;

	assert_int_equal(cgroup_system_parse(separate, &s), 0);
	assert_int_equal(s.n, 4);
	assert_string_equal(cgroup_find(&s, "memory")->mount, "/sys/fs/cgroup/memory");
	assert_string_equal(cgroup_find(&s, "name=systemd")->mount, "/sys/fs/cgroup/systemd");
	assert_string_equal(s.items[2].controllers, "name=systemd");
	assert_string_equal(cgroup_unified(&s)->mount, "/sys/fs/cgroup/unified");
	assert_null(cgroup_find(&s, "mem"));
	assert_null(cgroup_find(&s, "pids"));
	cgroup_system_done(&s);
}

static void controllers_that_are_mounted_together_are_one_hierarchy(void **state)
{
	struct cgroup_system s;

	assert_int_equal(cgroup_system_parse(together, &s), 0);
	assert_int_equal(s.n, 3);
	assert_ptr_equal(cgroup_find(&s, "cpu"), cgroup_find(&s, "cpuacct"));
	assert_string_equal(cgroup_find(&s, "cpu")->controllers, "cpu,cpuacct");
	assert_string_equal(cgroup_find(&s, "net_prio")->controllers, "net_cls,net_prio");
	assert_string_equal(cgroup_find(&s, "pids")->mount, "/mnt/my groups");
	assert_null(cgroup_unified(&s));
	cgroup_system_done(&s);
}

static void a_path_has_one_form_and_stays_below_the_root(void **state)
{
	static const struct { const char *path; int wanted; } cases[] = {
		{ "/a", 0 },	 { "/a/b.c/..d", 0 }, { "", -1 },	   { "/", -1 },	    { "a", -1 },
		{ "//a", -1 },	 { "/a/", -1 },	      { "/a//b", -1 },	   { "/./a", -1 },  { "/a/.", -1 },
		{ "/..", -1 },	 { "/a/..", -1 },     { "/a/../../b", -1 }, { "../a", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(cgroup_path_check(cases[i].path, NULL), cases[i].wanted);
}

/* ---- a directory in the kernel's place ---- */

static int fake_v1(void **state)
{
	return fake_open(state, "memory,cpu,cpuset,pids", false);
}

static int fake_v2(void **state)
{
	return fake_open(state, "cpuset,cpu,memory,pids", true);
}

static void a_path_is_brought_to_its_form(void **state)
{
	static const struct { const char *path, *wanted; } cases[] = {
		{ "/a/b", "/a/b" }, { "a/b", "/a/b" },	   { "//a//b/", "/a/b" },     { "./a/./b/.", "/a/b" },
		{ "", "/" },	    { "/a/../b", "/a/../b" }, { "a:b:c", "/a:b:c" }, { "/.a/..b", "/.a/..b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autofree char *clean = cgroup_path_clean(cases[i].path);

		assert_string_equal(clean, cases[i].wanted);
	}
}

/* The kernel would take it; here the file is laid out before, and shows the one write. */
static void every_controller_is_enabled_on_the_way_down(void **state)
{
	struct fake *f = *state;

	free(f->h.controllers);
	f->h.controllers = strdup("cpuset,cpu,io,memory,hugetlb,pids,rdma,misc");
	fake_listen(f, "cgroup.subtree_control");
	assert_int_equal(cgroup_create(&f->system, "/a", NULL), 0);
	fake_heard(f, "cgroup.subtree_control", "+cpuset +cpu +io +memory +hugetlb +pids +rdma +misc");
}

static void create_makes_parents_and_failure_leaves_no_group(void **state)
{
	struct fake *f = *state;
	struct cgroup_hierarchy two[] = { { f->h.controllers, f->dir, true }, { f->h.controllers, "/no/such/mount", true } };
	struct cgroup_system broken = { two, 2 };
	struct stat st;

	assert_int_equal(cgroup_create(&f->system, "/a/b/c", NULL), 0);
	assert_int_equal(fstatat(f->fd, "a/b/c", &st, 0), 0);
	assert_int_equal(cgroup_create(&f->system, "/a/b/c", NULL), 0);
	assert_int_equal(cgroup_create(&broken, "/a/d", NULL), -1);
	assert_int_equal(fstatat(f->fd, "a/d", &st, 0), -1);
	assert_int_equal(cgroup_create(&f->system, "/a/../x", NULL), -1);
}

static void a_new_cpuset_group_inherits_even_from_an_empty_parent(void **state)
{
	struct fake *f = *state;

	/* The kernel makes the files; here they are laid out beforehand, as another creator would have left them. */
	assert_int_equal(mkdirat(f->fd, "p", 0755), 0);
	fake_put(f, "cpuset.cpus", "0-3");
	fake_put(f, "cpuset.mems", "0");
	fake_put(f, "p/cpuset.cpus", "");
	fake_put(f, "p/cpuset.mems", "");
	/* The group's own file cannot be there before it is made: the error leaves no group, and the parent was filled. */
	assert_int_equal(cgroup_create(&f->system, "/p/c", NULL), -1);
	fake_expect(f, "p/cpuset.cpus", "0-3");
}

static void a_group_with_processes_is_not_claimed(void **state)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;
	struct stat st;

	f->h.v2 = false;
	free(f->h.controllers);
	f->h.controllers = strdup("pids");
	assert_int_equal(cgroup_claim(&f->system, "/new", &e), 0);
	assert_int_equal(cgroup_claim(&f->system, "/new", &e), 0); /* empty: what a killed creation has left */
	assert_int_equal(mkdirat(f->fd, "host", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "host/service", 0755), 0);
	fake_put(f, "host/cgroup.procs", "");
	fake_put(f, "host/service/cgroup.procs", "1\n");
	assert_int_equal(cgroup_claim(&f->system, "/host", &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(fstatat(f->fd, "host/service/cgroup.procs", &st, 0), 0);
}

static void remove_takes_all_below_and_nothing_beside(void **state)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;
	struct stat st;

	assert_int_equal(cgroup_create(&f->system, "/a/c/.hidden/deep/er", NULL), 0);
	assert_int_equal(cgroup_create(&f->system, "/a/c/two", NULL), 0);
	assert_int_equal(cgroup_create(&f->system, "/a/beside", NULL), 0);
	assert_int_equal(cgroup_remove(&f->system, "/a/c", clock_boot(), NULL), 0);
	assert_int_equal(fstatat(f->fd, "a/c", &st, 0), -1);
	assert_int_equal(fstatat(f->fd, "a/beside", &st, 0), 0);
	assert_int_equal(cgroup_remove(&f->system, "/a/c", clock_boot(), NULL), 0);
	assert_int_equal(cgroup_remove(&f->system, "/not/there", clock_boot(), NULL), 0);
	assert_int_equal(cgroup_remove(&f->system, "/a/c/..", clock_boot(), &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	assert_int_equal(fstatat(f->fd, "a/beside", &st, 0), 0);
}

static void remove_gives_up_at_its_deadline(void **state)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;

	assert_int_equal(cgroup_create(&f->system, "/busy", NULL), 0);
	fake_put(f, "busy/file", ""); /* a directory that rmdir refuses */
	assert_int_equal(cgroup_remove(&f->system, "/busy", clock_boot() + 5 * NSEC_PER_MSEC, &e), -1);
	assert_int_equal(e.number, EBUSY);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

static void a_signal_reaches_the_groups_below(void **state)
{
	struct fake *f = *state;
	pid_t top = sleeper(), below = sleeper();
	char text[24];
	int status;

	f->h.v2 = false;
	assert_int_equal(mkdirat(f->fd, "k", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "k/sub", 0755), 0);
	(void)snprintf(text, sizeof(text), "%d\n", top);
	fake_put(f, "k/cgroup.procs", text);
	(void)snprintf(text, sizeof(text), "0\n%d\n", below);
	fake_put(f, "k/sub/cgroup.procs", text);
	assert_int_equal(cgroup_signal(&f->system, "/k", SIGUSR1, NULL), 0);
	assert_int_equal(waitpid(top, &status, 0), top);
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	assert_int_equal(waitpid(below, &status, 0), below);
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	/* Listed and gone is no error. */
	assert_int_equal(cgroup_signal(&f->system, "/k", SIGUSR1, NULL), 0);
	assert_int_equal(cgroup_signal(&f->system, "/missing", SIGUSR1, NULL), 0);
	assert_int_equal(cgroup_kill(&f->system, "/missing", NULL), 0);
}

#define WITH(version, name) cmocka_unit_test_setup_teardown(name, fake_##version, fake_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hierarchies_are_found_in_the_mount_table),
		cmocka_unit_test(controllers_that_are_mounted_together_are_one_hierarchy),
		cmocka_unit_test(a_path_has_one_form_and_stays_below_the_root),
		cmocka_unit_test(a_path_is_brought_to_its_form),
		WITH(v2, every_controller_is_enabled_on_the_way_down),
		WITH(v2, create_makes_parents_and_failure_leaves_no_group),
		WITH(v1, a_new_cpuset_group_inherits_even_from_an_empty_parent),
		WITH(v2, a_group_with_processes_is_not_claimed),
		WITH(v2, remove_takes_all_below_and_nothing_beside),
		WITH(v2, remove_gives_up_at_its_deadline),
		WITH(v2, a_signal_reaches_the_groups_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
