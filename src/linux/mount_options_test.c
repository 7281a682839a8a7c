/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount_options.h"

/* The words of mount options; what they do to a mount is seen by the system tests. */

#include <sys/mount.h>

#include "base/own.h"
#include "base/test.h"

static struct mount_options parse(const char *const *words)
{
	autostrv struct strv list = STRV_INIT;
	struct mount_options options;

	for (size_t i = 0; words[i]; i++)
		assert_int_equal(strv_add(&list, words[i]), 0);
	assert_int_equal(mount_options_parse(&list, &options), 0);
	return options;
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void attributes_are_set_and_taken_back_by_the_last_word(void **state)
{
	struct mount_options o = PARSE("ro", "nosuid", "nodev", "noexec", "suid", "nosymfollow");

	assert_int_equal(o.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW);
	assert_int_equal(o.clear, MOUNT_ATTR_NOSUID);
	assert_int_equal(o.set_recursive | o.clear_recursive, 0);
	o = PARSE("rw", "ro");
	assert_int_equal(o.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(o.clear, 0);
}

static void access_times_are_one_field(void **state)
{
	struct mount_options o = PARSE("noatime", "strictatime");

	assert_int_equal(o.set, MOUNT_ATTR_STRICTATIME);
	assert_int_equal(o.clear, MOUNT_ATTR__ATIME);
	o = PARSE("noatime", "relatime");
	assert_int_equal(o.set, MOUNT_ATTR_RELATIME);
	o = PARSE("strictatime", "norelatime"); /* back to the kernel's default */
	assert_int_equal(o.set, MOUNT_ATTR_RELATIME);
	assert_int_equal(o.clear, MOUNT_ATTR__ATIME);
	o = PARSE("rnoatime");
	assert_int_equal(o.set, 0);
	assert_int_equal(o.set_recursive, MOUNT_ATTR_NOATIME);
}

static void words_with_r_are_for_the_whole_tree(void **state)
{
	struct mount_options o = PARSE("rro", "rnosuid", "rexec");

	assert_int_equal(o.set, 0);
	assert_int_equal(o.set_recursive, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	assert_int_equal(o.clear_recursive, MOUNT_ATTR_NOEXEC);
}

static void propagation_is_a_list_and_has_recursive_forms(void **state)
{
	struct mount_options o = PARSE("rslave", "shared");

	assert_int_equal(o.propagation.n, 2);
	assert_int_equal(o.propagation.items[0].kind, MS_SLAVE);
	assert_true(o.propagation.items[0].recursive);
	assert_int_equal(o.propagation.items[1].kind, MS_SHARED);
	assert_false(o.propagation.items[1].recursive);
	mount_options_done(&o);
}

static void flags_are_what_they_are_called(void **state)
{
	struct mount_options o = PARSE("rbind", "remount", "tmpcopyup", "src-nofollow");

	assert_true(o.bind_recursive && o.remount && o.copy_up && o.source_nofollow && mount_options_are_bind(&o));
	assert_false(o.bind || o.idmap || o.copy_symlink || o.destination_nofollow);
	o = PARSE("bind", "ridmap");
	assert_true(o.bind && !o.bind_recursive && o.idmap_recursive && !o.idmap && mount_options_are_bind(&o));
	o = PARSE("ro");
	assert_false(mount_options_are_bind(&o));
}

static void maps_may_stand_behind_idmap(void **state)
{
	struct mount_options o = PARSE("idmap=uids=0-1-10;gids=0-1-10");

	assert_true(o.idmap && !o.idmap_recursive);
	assert_string_equal(o.idmap_text, "uids=0-1-10;gids=0-1-10");
	mount_options_done(&o);
	o = PARSE("ridmap=uids=1-2-3", "idmap");
	assert_true(o.idmap && o.idmap_recursive);
	assert_string_equal(o.idmap_text, "uids=1-2-3");
	mount_options_done(&o);
}

static void words_of_the_super_block_are_data(void **state)
{
	struct mount_options o = PARSE("sync", "lazytime", "silent");

	assert_int_equal(o.data.n, 2);
	assert_string_equal(o.data.items[0], "sync");
	mount_options_done(&o);
}

static void what_is_no_word_is_data_in_its_order(void **state)
{
	struct mount_options o = PARSE("mode=755", "nosuid", "size=64k", "defaults", "RO");

	assert_int_equal(o.data.n, 3);
	assert_string_equal(o.data.items[0], "mode=755");
	assert_string_equal(o.data.items[1], "size=64k");
	assert_string_equal(o.data.items[2], "RO");
	mount_options_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_are_set_and_taken_back_by_the_last_word),
		cmocka_unit_test(access_times_are_one_field),
		cmocka_unit_test(words_with_r_are_for_the_whole_tree),
		cmocka_unit_test(propagation_is_a_list_and_has_recursive_forms),
		cmocka_unit_test(flags_are_what_they_are_called),
		cmocka_unit_test(maps_may_stand_behind_idmap),
		cmocka_unit_test(words_of_the_super_block_are_data),
		cmocka_unit_test(what_is_no_word_is_data_in_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
