/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/test.h"

struct place {
	char top[32], root[48], run[48];
	struct instance *instance;
	struct store *store;
};

static int place_make(void **state)
{
	static struct place p;
	struct err e = ERR_INIT;

	p = (struct place){ .top = "/tmp/store_test.XXXXXX" };
	if (!mkdtemp(p.top))
		return -1;
	(void)snprintf(p.root, sizeof(p.root), "%s/data", p.top);
	(void)snprintf(p.run, sizeof(p.run), "%s/run", p.top);
	if (instance_open(p.root, p.run, &p.instance, &e) < 0 || store_open(p.instance, &p.store, &e) < 0)
		return -1;
	*state = &p;
	return 0;
}

static int place_remove(void **state)
{
	struct place *p = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	store_free(p->store);
	instance_free(p->instance);
	return path_remove_tree(tmp, p->top + 5);
}

static char id_a[] = "aa00000000000000000000000000000000000000000000000000000000000001";
static char id_b[] = "aa00000000000000000000000000000000000000000000000000000000000002";

static int add(struct place *p, char *id, const char *name, bool remove, struct store_container *to, struct err *e)
{
	*to = (struct store_container){ .id = id, .name = (char *)(uintptr_t)name, .image = (char[]){ "i" },
					.image_id = (char[]){ "sha256:11" }, .command = (char[]){ "c" }, .created = 5,
					.remove = remove };
	return store_container_add(p->store, to, e);
}

static void a_taken_name_is_refused_and_names_its_owner(void **state)
{
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(add(*state, id_a, "web", false, &c, &e), 0);
	assert_int_equal(add(*state, id_b, "web", false, &c, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_non_null(strstr(e.text, "\"/web\" is already in use by container \"aa0000"));
}

static void slots_are_the_lowest_free(void **state)
{
	struct place *p = *state;
	struct store_container a, b;
	struct err e = ERR_INIT;

	assert_int_equal(add(p, id_a, "a", false, &a, &e), 0);
	assert_int_equal(add(p, id_b, "b", true, &b, &e), 0);
	assert_int_equal(a.slot, 0);
	assert_int_equal(b.slot, 1);
	assert_int_equal(store_container_delete(p->store, id_a, &e), 0);
	assert_int_equal(add(p, id_a, "c", false, &a, &e), 0);
	assert_int_equal(a.slot, 0);
}

static void a_prefix_must_be_unique(void **state)
{
	struct place *p = *state;
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(add(p, id_a, "one", false, &c, &e), 0);
	assert_int_equal(store_container_find(p->store, "aa", &c, &e), 0);
	assert_string_equal(c.name, "one");
	store_container_done(&c);
	assert_int_equal(add(p, id_b, "two", false, &c, &e), 0);
	assert_int_equal(store_container_find(p->store, "aa", &c, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(store_container_find(p->store, "nothing", &c, &e), -1);
	assert_string_equal(e.text, "No such container: nothing");
}

/* As after a reboot: the same files, another boot id. */
static void volatile_containers_are_void_after_a_boot(void **state)
{
	struct place *p = *state;
	struct store_containers list;
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(add(p, id_a, "gone", true, &c, &e), 0);
	assert_int_equal(add(p, id_b, "stays", false, &c, &e), 0);
	p->instance->boot_id[0] = p->instance->boot_id[0] == '0' ? '1' : '0';
	assert_int_equal(store_container_list(p->store, &list, &e), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].name, "stays");
	store_containers_done(&list);
	assert_int_equal(add(p, id_a, "gone", false, &c, &e), 0);
}

static void layers_of_a_deleted_image_are_those_that_no_other_holds(void **state)
{
	struct place *p = *state;
	struct store_image one = { .id = (char[]){ "sha256:11" }, .record = (char[]){ "{}" } };
	struct store_image two = { .id = (char[]){ "sha256:22" }, .record = (char[]){ "{}" } };
	struct strv both = STRV_INIT, shared = STRV_INIT, left = STRV_INIT;
	struct store_image found;
	struct err e = ERR_INIT;
	int64_t names;

	(void)strv_add(&both, "base");
	(void)strv_add(&both, "top");
	(void)strv_add(&shared, "base");
	(void)strv_add(&one.names, "app:1");
	(void)strv_add(&two.names, "base:1");
	assert_int_equal(store_image_put(p->store, &one, &both, &e), 0);
	assert_int_equal(store_image_put(p->store, &two, &shared, &e), 0);
	assert_int_equal(store_image_find(p->store, "1", &found, &e), 0);
	assert_string_equal(found.names.items[0], "app:1");
	store_image_done(&found);
	assert_int_equal(store_image_untag(p->store, "app:1", &names, &e), 0);
	assert_int_equal(names, 0);
	assert_int_equal(store_image_delete(p->store, "sha256:11", false, &left, &e), 0);
	assert_int_equal(left.n, 1);
	assert_string_equal(left.items[0], "top");
	strv_done(&left);
	strv_done(&both);
	strv_done(&shared);
	strv_done(&one.names);
	strv_done(&two.names);
}

static void an_image_in_use_is_kept(void **state)
{
	struct place *p = *state;
	struct store_image image = { .id = (char[]){ "sha256:11" }, .record = (char[]){ "{}" } };
	struct strv layers = STRV_INIT, left = STRV_INIT;
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(store_image_put(p->store, &image, &layers, &e), 0);
	assert_int_equal(add(p, id_a, "user", false, &c, &e), 0);
	assert_int_equal(store_image_delete(p->store, "sha256:11", false, &left, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(store_image_delete(p->store, "sha256:11", true, &left, &e), 0);
	strv_done(&left);
}

static void two_instances_share_nothing(void **state)
{
	struct place *p = *state;
	struct instance *other = NULL;
	char root[64];

	(void)snprintf(root, sizeof(root), "%s/other", p->top);
	assert_int_equal(instance_open(root, p->run, &other, NULL), 0);
	assert_string_not_equal(other->cgroup_parent, p->instance->cgroup_parent);
	assert_true(other->id_base >= 0x70000000 && other->id_base + 512 * 65536 - 1 <= 0x7fffffff);
	instance_free(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_taken_name_is_refused_and_names_its_owner),
		TEST(slots_are_the_lowest_free),
		TEST(a_prefix_must_be_unique),
		TEST(volatile_containers_are_void_after_a_boot),
		TEST(layers_of_a_deleted_image_are_those_that_no_other_holds),
		TEST(an_image_in_use_is_kept),
		TEST(two_instances_share_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
