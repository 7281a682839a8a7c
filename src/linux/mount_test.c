/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"

/* What the calls do to the kernel, each in a child with a mount namespace of its own. */

static int in_namespace(int (*test)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) == 0 && mount_propagation_all(MS_PRIVATE) == 0 ? test() : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static unsigned long flags_of(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) < 0 ? ~0UL : fs.f_flag;
}

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__ % 90 + 1;                                                  \
	} while (0)

static int set_all(int fd)
{
	return mount_set(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME,
			 MOUNT_ATTR__ATIME, 0, false);
}

static int bind_words(void)
{
	const char *option;
	int fd = mount_new("tmpfs", "tmpfs", NULL, 0, &option);

	MUST(fd >= 0 && set_all(fd) == 0);
	MUST(mount_set_bind(fd, &(struct mount_options){ .set = 0 }) == 0);
	MUST((flags_of(fd) & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME)) == (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME));
	MUST(mount_set_bind(fd, &(struct mount_options){ .set = MOUNT_ATTR_RDONLY }) == 0);
	MUST((flags_of(fd) & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)) == ST_RDONLY);
	MUST(flags_of(fd) & ST_NOATIME);
	MUST(mount_set_bind(fd, &(struct mount_options){ .set = MOUNT_ATTR_NODIRATIME }) == 0);
	MUST((flags_of(fd) & (ST_NOATIME | ST_NODIRATIME | ST_RDONLY)) == ST_NODIRATIME);
	MUST(mount_set_bind(fd, &(struct mount_options){ .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME }) == 0);
	MUST((flags_of(fd) & (ST_NOATIME | ST_NODIRATIME | ST_RELATIME)) == 0);
	return 0;
}

static void a_word_on_a_bind_takes_the_unnamed_flags_away(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_namespace(bind_words), 0);
}

static int long_option(void)
{
	autostrv struct strv data = STRV_INIT;
	char name[300];
	const char *option = "";
	int fd;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	MUST(strv_add(&data, "size=1m") == 0 && strv_add(&data, "mode=0700") == 0);
	MUST(strv_addf(&data, "mpol=%s", name) == 0);
	fd = mount_new("tmpfs", "tmpfs", &data, 0, &option);
	MUST(fd == -EINVAL);
	/* The value of an unknown policy is refused by the file system, not by its length. */
	strv_done(&data);
	MUST(strv_addf(&data, "mode=%0298o", 0711) == 0);
	fd = mount_new("tmpfs", "tmpfs", &data, MOUNT_ATTR_NOSUID, &option);
	MUST(fd >= 0);
	MUST(flags_of(fd) & ST_NOSUID);
	return 0;
}

static void an_option_of_more_than_255_bytes_goes_the_old_way(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_namespace(long_option), 0);
}

static int remounting(void)
{
	const char *option;
	int fd = mount_new("tmpfs", "tmpfs", NULL, 0, &option), at;
	struct mount_options o = { .set = MOUNT_ATTR_RDONLY };

	MUST(fd >= 0 && mount_attach_at(fd, AT_FDCWD, "/mnt") == 0);
	MUST(mkdirat(fd, "below", 0755) == 0);
	at = path_open(fd, "below", PATH_OWN, O_PATH, 0);
	MUST(mount_is_root(fd) && !mount_is_root(at));
	MUST(mount_remount(at, &o, &option) == -EINVAL);
	MUST(mount_remount(fd, &o, &option) == 0);
	MUST(mkdirat(fd, "other", 0755) < 0 && errno == EROFS);
	o = (struct mount_options){ .clear = MOUNT_ATTR_RDONLY };
	MUST(mount_remount(fd, &o, &option) == 0);
	MUST(mkdirat(fd, "other", 0755) == 0);
	return 0;
}

static void remount_wants_the_root_of_a_mount(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_namespace(remounting), 0);
}

static void file_systems_on_devices_are_known(void **state)
{
	assert_false(mount_type_has_device("tmpfs"));
	assert_false(mount_type_has_device("pipefs"));
	assert_false(mount_type_has_device("no such type"));
	assert_true(mount_type_has_device("ext4") || mount_type_has_device("ext3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_on_a_bind_takes_the_unnamed_flags_away),
		cmocka_unit_test(an_option_of_more_than_255_bytes_goes_the_old_way),
		cmocka_unit_test(remount_wants_the_root_of_a_mount),
		cmocka_unit_test(file_systems_on_devices_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
