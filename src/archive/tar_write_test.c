/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar_write.h"

#include <string.h>

#include "archive/tar_read.h"
#include "base/test.h"

struct bytes {
	struct source source;
	const struct str *text;
	size_t at;
};

static ssize_t bytes_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct bytes *b = (struct bytes *)s;
	size_t left = b->text->len - b->at, n = len < left ? len : left;

	memcpy(to, b->text->data + b->at, n);
	b->at += n;
	return (ssize_t)n;
}

static void what_is_written_is_read_back(void **state)
{
	autostr struct str tar = STR_INIT;
	struct bytes from = { .source = { .read = bytes_read }, .text = &tar };
	struct tar_reader *reader = NULL;
	const struct tar_entry *entry;
	char content[16];

	assert_int_equal(tar_write_header(&tar, "blobs/", 0, NULL), 0);
	assert_int_equal(tar_write_header(&tar, "blobs/a", 5, NULL), 0);
	str_add(&tar, "hello");
	tar_write_padding(&tar, 5);
	tar_write_end(&tar);
	assert_int_equal(tar.len % 512, 0);
	assert_int_equal(tar_reader_new(&from.source, &reader, NULL), 0);
	assert_int_equal(tar_next(reader, &entry, NULL), 1);
	assert_int_equal(entry->type, TAR_DIRECTORY);
	assert_int_equal(tar_next(reader, &entry, NULL), 1);
	assert_string_equal(entry->path, "blobs/a");
	assert_int_equal(entry->mode, 0644);
	assert_int_equal(entry->mtime, 0);
	assert_int_equal(tar_read(reader, content, sizeof(content), NULL), 5);
	assert_memory_equal(content, "hello", 5);
	assert_int_equal(tar_next(reader, &entry, NULL), 0);
	tar_reader_free(reader);
}

static void a_size_beyond_eight_gigabytes_is_exact(void **state)
{
	static const uint64_t sizes[] = { 077777777777, 0100000000000, UINT64_C(5) << 40 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		autostr struct str tar = STR_INIT;
		struct bytes from = { .source = { .read = bytes_read }, .text = &tar };
		struct tar_reader *reader = NULL;
		const struct tar_entry *entry;

		assert_int_equal(tar_write_header(&tar, "large", sizes[i], NULL), 0);
		assert_int_equal(tar_reader_new(&from.source, &reader, NULL), 0);
		assert_int_equal(tar_next(reader, &entry, NULL), 1);
		assert_true(entry->size == sizes[i]);
		tar_reader_free(reader);
	}
}

static void a_name_that_does_not_fit_is_refused(void **state)
{
	autostr struct str tar = STR_INIT;
	struct err e = ERR_INIT;
	char name[102];

	memset(name, 'a', sizeof(name));
	name[101] = '\0';
	assert_int_equal(tar_write_header(&tar, name, 0, &e), -1);
	name[100] = '\0';
	assert_int_equal(tar_write_header(&tar, name, 0, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_size_beyond_eight_gigabytes_is_exact),
		cmocka_unit_test(a_name_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
