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

struct fake {
	char dir[64];
	int fd;
	struct cgroup_hierarchy h;
	struct cgroup_system system;
};

static int fake_open(void **state, const char *controllers, bool v2)
{
	struct fake *f = calloc(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/lighter-cgroup-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->fd = path_open(AT_FDCWD, f->dir, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	f->h = (struct cgroup_hierarchy){ strdup(controllers), f->dir, v2 };
	f->system = (struct cgroup_system){ &f->h, 1 };
	*state = f;
	return f->fd < 0;
}

static int fake_v1(void **state)
{
	return fake_open(state, "memory,cpu,cpuset,pids", false);
}

static int fake_v2(void **state)
{
	return fake_open(state, "cpuset,cpu,memory,pids", true);
}

static int fake_close(void **state)
{
	struct fake *f = *state;

	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	assert_int_equal(path_remove_tree(tmp, f->dir + strlen("/tmp/")), 0);
	(void)close(f->fd);
	free(f->h.controllers);
	free(f);
	return 0;
}

static void put(struct fake *f, const char *name, const char *text)
{
	autofd int fd = path_open(f->fd, name, PATH_OWN, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void expect(struct fake *f, const char *name, const char *text)
{
	char line[100] = "";

	assert_int_equal(file_read_line(f->fd, name, line, sizeof(line)), 0);
	assert_string_equal(line, text);
}

static const char *const v1_files[] = { "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness",
					"memory.soft_limit_in_bytes", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us",
					"cpuset.cpus", "cpuset.mems", "pids.max" };
static const char *const v2_files[] = { "memory.max", "memory.swap.max", "memory.low", "cpu.weight", "cpu.max",
					"cpu.max.burst", "cpuset.cpus", "pids.max", "memory.oom.group" };

static void make_files(struct fake *f, const char *const *files, size_t n)
{
	assert_int_equal(mkdirat(f->fd, "c", 0755), 0);
	for (size_t i = 0; i < n; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "c/%s", files[i]);
		put(f, name, "");
	}
}

static const struct cgroup_limits all = {
	.memory = { true, 1048576 },
	.memory_swap = { true, 3145728 },
	.memory_reservation = { true, 524288 },
	.cpu_shares = { true, 512 },
	.cpu_quota = { true, 50000 },
	.cpu_period = { true, 200000 },
	.cpuset_cpus = "0-1",
	.pids = { true, 7 },
};

static void v1_limits_go_to_the_files_of_v1(void **state)
{
	struct cgroup_limits l = all;

	make_files(*state, v1_files, ARRAY_SIZE(v1_files));
	l.memory_swappiness = (struct opt_u64){ true, 0 };
	assert_int_equal(cgroup_limit(&((struct fake *)*state)->system, "/c", &l, NULL), 0);
	expect(*state, "c/memory.limit_in_bytes", "1048576");
	expect(*state, "c/memory.memsw.limit_in_bytes", "3145728");
	expect(*state, "c/memory.soft_limit_in_bytes", "524288");
	expect(*state, "c/memory.swappiness", "0");
	expect(*state, "c/cpu.shares", "512");
	expect(*state, "c/cpu.cfs_quota_us", "50000");
	expect(*state, "c/cpu.cfs_period_us", "200000");
	expect(*state, "c/cpuset.cpus", "0-1");
	expect(*state, "c/pids.max", "7");
}

static void v2_limits_are_said_in_the_words_of_v2(void **state)
{
	make_files(*state, v2_files, ARRAY_SIZE(v2_files));
	assert_int_equal(cgroup_limit(&((struct fake *)*state)->system, "/c", &all, NULL), 0);
	expect(*state, "c/memory.max", "1048576");
	expect(*state, "c/memory.swap.max", "2097152");
	expect(*state, "c/memory.low", "524288");
	expect(*state, "c/cpu.weight", "20");
	expect(*state, "c/cpu.max", "50000 200000");
	expect(*state, "c/pids.max", "7");
}

static void unlimited_is_max_on_v2_and_zero_changes_nothing(void **state)
{
	struct cgroup_limits l = { .memory = { true, -1 }, .memory_swap = { true, -1 }, .pids = { true, -1 } };

	make_files(*state, v2_files, ARRAY_SIZE(v2_files));
	put(*state, "c/cpu.weight", "33");
	put(*state, "c/cpu.max", "44 100000");
	l.cpu_shares.set = l.cpu_quota.set = l.cpu_period.set = true;
	assert_int_equal(cgroup_limit(&((struct fake *)*state)->system, "/c", &l, NULL), 0);
	expect(*state, "c/memory.max", "max");
	expect(*state, "c/memory.swap.max", "max");
	expect(*state, "c/pids.max", "max");
	expect(*state, "c/cpu.weight", "33");
	expect(*state, "c/cpu.max", "44 100000");
}

static void a_period_alone_keeps_the_quota(void **state)
{
	struct cgroup_limits l = { .cpu_period = { true, 200000 } };

	make_files(*state, v2_files, ARRAY_SIZE(v2_files));
	put(*state, "c/cpu.max", "5000 100000");
	assert_int_equal(cgroup_limit(&((struct fake *)*state)->system, "/c", &l, NULL), 0);
	expect(*state, "c/cpu.max", "5000 200000");
}

static void a_limit_that_cannot_be_had_names_its_file(void **state)
{
	struct cgroup_limits l = { .cpu_idle = { true, 1 } };
	struct fake *f = *state;
	struct err e = ERR_INIT;

	assert_int_equal(mkdirat(f->fd, "c", 0755), 0);
	assert_int_equal(cgroup_limit(&f->system, "/c", &l, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "/c/cpu.idle'"));
	free(f->h.controllers);
	f->h.controllers = strdup("memory");
	assert_int_equal(cgroup_limit(&f->system, "/c", &l, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "'cpu'"));
}

static void a_swap_limit_without_or_below_a_memory_limit_is_refused_on_v2(void **state)
{
	struct cgroup_limits l = { .memory_swap = { true, 100 } };
	struct fake *f = *state;
	struct err e = ERR_INIT;

	make_files(f, v2_files, ARRAY_SIZE(v2_files));
	assert_int_equal(cgroup_limit(&f->system, "/c", &l, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	l.memory = (struct opt_i64){ true, 200 };
	assert_int_equal(cgroup_limit(&f->system, "/c", &l, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
}

static void unified_files_are_names_and_not_paths(void **state)
{
	static const struct { const char *file; int wanted; } cases[] = {
		{ "memory.oom.group", 0 }, { "../memory.max", -1 }, { "x/y", -1 }, { "..", -1 }, { "not.there", -1 },
	};
	struct fake *f = *state;

	make_files(f, v2_files, ARRAY_SIZE(v2_files));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strmap files = { .pairs = STRV_INIT };
		struct cgroup_limits l = { .unified = &files };

		assert_int_equal(strmap_set(&files, cases[i].file, "1"), 0);
		assert_int_equal(cgroup_limit(&f->system, "/c", &l, NULL), cases[i].wanted);
		strv_done(&files.pairs);
	}
	expect(f, "c/memory.oom.group", "1");
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
	put(f, "cpuset.cpus", "0-3");
	put(f, "cpuset.mems", "0");
	put(f, "p/cpuset.cpus", "");
	put(f, "p/cpuset.mems", "");
	/* The group's own file cannot be there before it is made: the error leaves no group, and the parent was filled. */
	assert_int_equal(cgroup_create(&f->system, "/p/c", NULL), -1);
	expect(f, "p/cpuset.cpus", "0-3");
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
	put(f, "host/cgroup.procs", "");
	put(f, "host/service/cgroup.procs", "1\n");
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
	put(f, "busy/file", ""); /* a directory that rmdir refuses */
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
	put(f, "k/cgroup.procs", text);
	(void)snprintf(text, sizeof(text), "0\n%d\n", below);
	put(f, "k/sub/cgroup.procs", text);
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
		WITH(v1, v1_limits_go_to_the_files_of_v1),
		WITH(v2, v2_limits_are_said_in_the_words_of_v2),
		WITH(v2, unlimited_is_max_on_v2_and_zero_changes_nothing),
		WITH(v2, a_period_alone_keeps_the_quota),
		WITH(v2, a_limit_that_cannot_be_had_names_its_file),
		WITH(v2, a_swap_limit_without_or_below_a_memory_limit_is_refused_on_v2),
		WITH(v2, unified_files_are_names_and_not_paths),
		WITH(v2, create_makes_parents_and_failure_leaves_no_group),
		WITH(v1, a_new_cpuset_group_inherits_even_from_an_empty_parent),
		WITH(v2, a_group_with_processes_is_not_claimed),
		WITH(v2, remove_takes_all_below_and_nothing_beside),
		WITH(v2, remove_gives_up_at_its_deadline),
		WITH(v2, a_signal_reaches_the_groups_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
