/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "base/test.h"
#include "formats/status.h"

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
	assert_string_equal(e.text, "no such container: nothing");
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
	store_free(p->store);
	p->instance->boot_id[0] = p->instance->boot_id[0] == '0' ? '1' : '0';
	assert_int_equal(store_open(p->instance, &p->store, &e), 0);
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

static void a_name_is_taken_whoever_goes_with_its_end(void **state)
{
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(add(*state, id_a, "web", true, &c, &e), 0);
	assert_int_equal(add(*state, id_b, "web", false, &c, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
}

static void run_sql(struct place *p, const char *sql)
{
	char path[80];
	sqlite3 *db = NULL;

	(void)snprintf(path, sizeof(path), "%s/lighter.db", p->root);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first version, as it was written by it. */
static void a_database_of_the_first_version_is_brought_up_to_date(void **state)
{
	struct place *p = *state;
	struct store_containers list;
	struct store_image image;
	struct err e = ERR_INIT;

	run_sql(p, "PRAGMA journal_mode=WAL; CREATE TABLE images (id TEXT PRIMARY KEY, record TEXT NOT NULL,"
		" size INTEGER NOT NULL, created INTEGER NOT NULL, added INTEGER NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE image_names (name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images(id)) WITHOUT ROWID;"
		"CREATE TABLE image_layers (image TEXT NOT NULL, layer TEXT NOT NULL, PRIMARY KEY (image, layer)) WITHOUT ROWID;"
		"CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image TEXT NOT NULL,"
		" image_id TEXT NOT NULL, command TEXT NOT NULL, created INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE,"
		" remove INTEGER NOT NULL, boot_id TEXT NOT NULL) WITHOUT ROWID;"
		"CREATE INDEX containers_created ON containers(created);"
		"CREATE INDEX containers_image ON containers(image_id); PRAGMA user_version=1;"
		"INSERT INTO images VALUES ('sha256:11', '{}', 1, 2, 3); INSERT INTO image_names VALUES ('app:1', 'sha256:11');"
		"INSERT INTO containers VALUES ('aa', 'kept', 'app', 'sha256:11', 'c', 5, 3, 0, 'boot');"
		"INSERT INTO containers VALUES ('bb', 'void', 'app', 'sha256:11', 'c', 5, 4, 1, 'boot');");
	assert_int_equal(store_container_list(p->store, &list, &e), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].name, "kept");
	assert_int_equal(list.items[0].slot, 3);
	store_containers_done(&list);
	assert_int_equal(store_image_find(p->store, "app:1", &image, &e), 0);
	store_image_done(&image);
}

static void a_database_of_a_later_lighter_is_refused(void **state)
{
	struct store_containers list;
	struct err e = ERR_INIT;

	run_sql(*state, "PRAGMA user_version=1000");
	assert_int_equal(store_container_list(((struct place *)*state)->store, &list, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
}

static void a_damaged_database_is_one_sentence_with_its_path(void **state)
{
	struct place *p = *state;
	autofd int fd = path_open(p->instance->root_fd, "lighter.db", PATH_OWN, O_WRONLY | O_CREAT, 0600);
	struct store_containers list;
	struct err e = ERR_INIT;
	char noise[4096];

	memset(noise, 'x', sizeof(noise));
	assert_int_equal(write(fd, noise, sizeof(noise)), sizeof(noise));
	assert_int_equal(store_container_list(p->store, &list, &e), -1);
	assert_non_null(strstr(e.text, "lighter.db': file is not a database"));
	assert_null(strchr(e.text, '\n'));
}

static void a_list_does_not_wait_for_a_writer(void **state)
{
	struct place *p = *state;
	struct store *writer = NULL;
	struct store_containers list;
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(add(p, id_a, "web", false, &c, &e), 0);
	assert_int_equal(store_open(p->instance, &writer, &e), 0);
	assert_int_equal(db_begin(writer, &e), 0);
	assert_int_equal(store_container_list(p->store, &list, &e), 0);
	assert_int_equal(list.n, 1);
	store_containers_done(&list);
	db_rollback(writer);
	store_free(writer);
}

static void writes_at_once(struct store *store)
{
	struct err e = ERR_INIT;

	assert_int_equal(db_need(store, &e), 0);
	assert_int_equal(sqlite3_busy_timeout(store->db, 20), SQLITE_OK);
	assert_int_equal(db_begin(store, &e), 0);
	db_rollback(store);
}

static void wait_stopped(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

static void a_busy_database_names_who_holds_it(void **state)
{
	struct place *p = *state;
	struct store *theirs = NULL;
	struct err e = ERR_INIT;
	char wanted[64];
	pid_t pid;

	writes_at_once(p->store);
	pid = fork();
	if (pid == 0) {
		if (store_open(p->instance, &theirs, &e) == 0 && db_begin(theirs, &e) == 0)
			(void)raise(SIGSTOP);
		_exit(1);
	}
	wait_stopped(pid);
	assert_int_equal(db_begin(p->store, &e), -1);
	assert_int_equal(e.code, ERR_DEADLINE);
	(void)snprintf(wanted, sizeof(wanted), "/lighter.db' is busy: process %d (", pid);
	assert_non_null(strstr(e.text, wanted));
	assert_non_null(strstr(e.text, ", stopped) holds its lock"));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	writes_at_once(p->store);
}

static bool stop_waits;

static int stop_in_open(void)
{
	sigset_t pending;

	(void)raise(SIGTSTP);
	stop_waits = sigpending(&pending) == 0 && sigismember(&pending, SIGTSTP) == 1;
	return SQLITE_OK;
}

/* Whoever is stopped is so with no lock: after the opening, and after the transaction. */
static void stop_twice(struct place *p)
{
	struct store *store = NULL;

	if (setpgid(0, 0) < 0 || sqlite3_auto_extension((void (*)(void))stop_in_open) != SQLITE_OK ||
	    store_open(p->instance, &store, NULL) < 0 || db_need(store, NULL) < 0 || !stop_waits || db_begin(store, NULL) < 0)
		_exit(1);
	(void)raise(SIGTSTP);
	_exit(db_commit(store, NULL) < 0);
}

static void ctrl_z_waits_for_the_locks_end(void **state)
{
	struct place *p = *state;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		stop_twice(p);
	for (int i = 0; i < 2; i++) {
		wait_stopped(pid);
		writes_at_once(p->store);
		assert_int_equal(kill(pid, SIGCONT), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void an_image_under_a_running_container_stays_even_by_force(void **state)
{
	struct place *p = *state;
	struct store_image image = { .id = (char[]){ "sha256:11" }, .record = (char[]){ "{}" } };
	struct strv layers = STRV_INIT, left = STRV_INIT;
	struct status status = { .state = STATUS_RUNNING, .pid = 1 };
	autostatus struct status_map map = STATUS_MAP_INIT;
	struct store_container c;
	struct err e = ERR_INIT;

	assert_int_equal(store_image_put(p->store, &image, &layers, &e), 0);
	assert_int_equal(add(p, id_a, "user", true, &c, &e), 0);
	memcpy(status.id, id_a, sizeof(status.id));
	assert_int_equal(status_open(p->instance->run_fd, true, &map, &e), 0);
	assert_int_equal(status_write(&map, c.slot, &status), 0);
	assert_int_equal(store_image_delete(p->store, "sha256:11", true, &left, &e), -1);
	assert_non_null(strstr(e.text, "cannot be forced) - image is being used by running container aa0000000000"));
	strv_done(&left);
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
		TEST(a_name_is_taken_whoever_goes_with_its_end),
		TEST(a_database_of_the_first_version_is_brought_up_to_date),
		TEST(a_database_of_a_later_lighter_is_refused),
		TEST(a_damaged_database_is_one_sentence_with_its_path),
		TEST(a_list_does_not_wait_for_a_writer),
		TEST(a_busy_database_names_who_holds_it),
		TEST(ctrl_z_waits_for_the_locks_end),
		TEST(an_image_under_a_running_container_stays_even_by_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
