/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/upload.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"

struct place {
	char root[64];
	struct registry registry;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	(void)snprintf(p->root, sizeof(p->root), "/tmp/upload.XXXXXX");
	*state = p;
	return !mkdtemp(p->root) || registry_open(p->root, NULL, &p->registry, NULL) < 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	autofd int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	registry_done(&p->registry);
	(void)path_remove_tree(tmp, p->root + sizeof("/tmp/") - 1);
	free(p);
	return 0;
}

/* sha256 of "hello", and of nothing that is sent here */
static const char hello[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
static const char other[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

static void an_upload_is_continued_by_its_repository_alone(void **state)
{
	const struct registry *r = &((struct place *)*state)->registry;
	struct upload first, second, none;
	struct digest digest;
	char id[UPLOAD_ID];

	assert_int_equal(upload_new(r, "a/b", &first, NULL), 0);
	memcpy(id, first.id, sizeof(id));
	assert_int_equal(upload_write(&first, "hel", 3), 0);
	assert_int_equal(upload_open(r, "a/b", id, &none), -EAGAIN);
	upload_done(&first);
	assert_int_equal(upload_open(r, "a/c", id, &none), -ENOENT);
	assert_int_equal(upload_open(r, "a/b", "../uploads", &none), -ENOENT);
	assert_int_equal(upload_open(r, "a/b", id, &second), 0);
	assert_int_equal(second.size, 3);
	assert_int_equal(upload_write(&second, "lo", 2), 0);
	assert_int_equal(digest_parse(other, &digest), 0);
	assert_int_equal(upload_matches(&second, &digest, NULL), 0);
	assert_int_equal(digest_parse(hello, &digest), 0);
	assert_int_equal(upload_matches(&second, &digest, NULL), 1);
	assert_int_equal(upload_publish(r, "a/b", &second, &digest, NULL), 0);
	upload_done(&second);
	assert_int_equal(upload_open(r, "a/b", id, &none), -ENOENT);
}

static void a_blob_has_a_link_for_each_repository(void **state)
{
	const struct registry *r = &((struct place *)*state)->registry;
	struct digest digest;
	struct upload u;
	struct stat st;

	assert_int_equal(digest_parse(hello, &digest), 0);
	for (int i = 0; i < 2; i++) { /* what is there already is as good */
		assert_int_equal(upload_new(r, "one", &u, NULL), 0);
		assert_int_equal(upload_write(&u, "hello", 5), 0);
		assert_int_equal(upload_publish(r, "one", &u, &digest, NULL), 0);
		upload_done(&u);
	}
	assert_int_equal(repository_mount(r, "none", "two", &digest), 0);
	assert_int_equal(repository_mount(r, "one", "two", &digest), 1);
	assert_int_equal(fstatat(r->blobs, digest.path, &st, 0), 0);
	assert_int_equal(st.st_nlink, 3);
	assert_int_equal(repository_remove_blob(r, "one", &digest), 0);
	assert_int_equal(repository_mount(r, NULL, "three", &digest), 1);
	assert_int_equal(repository_remove_blob(r, "two", &digest), 0);
	assert_int_equal(repository_remove_blob(r, "three", &digest), 0);
	assert_int_equal(repository_remove_blob(r, "three", &digest), -ENOENT);
	assert_int_equal(fstatat(r->blobs, digest.path, &st, 0), -1);
}

static bool is_there(int dir, const char *path)
{
	return faccessat(dir, path, F_OK, 0) == 0;
}

static void only_what_is_old_and_nobodys_is_swept(void **state)
{
	const struct registry *r = &((struct place *)*state)->registry;
	const int64_t soon = time(NULL) + 60;
	struct upload busy, left, published;
	char left_id[UPLOAD_ID];
	struct digest digest;

	assert_int_equal(upload_new(r, "a", &busy, NULL), 0);
	assert_int_equal(upload_new(r, "a", &left, NULL), 0);
	memcpy(left_id, left.id, sizeof(left_id));
	upload_done(&left);
	assert_int_equal(digest_parse(hello, &digest), 0);
	assert_int_equal(upload_new(r, "a", &published, NULL), 0);
	assert_int_equal(upload_write(&published, "hello", 5), 0);
	assert_int_equal(upload_publish(r, "a", &published, &digest, NULL), 0);
	upload_done(&published);
	upload_sweep(r, soon - 3600);
	assert_true(is_there(r->uploads, left_id));
	upload_sweep(r, soon);
	assert_false(is_there(r->uploads, left_id));
	assert_true(is_there(r->uploads, busy.id));
	assert_true(is_there(r->blobs, digest.path));
	assert_int_equal(repository_remove(r, "a", "_blobs/sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"), 0);
	upload_sweep(r, soon);
	assert_false(is_there(r->blobs, digest.path));
	upload_remove(r, &busy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_upload_is_continued_by_its_repository_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_blob_has_a_link_for_each_repository, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_what_is_old_and_nobodys_is_swept, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
