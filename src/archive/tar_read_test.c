/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar_read.h"

#include <stdio.h>
#include <string.h>

#include "archive/compress.h"
#include "archive/digest.h"
#include "base/test.h"

/* An archive under construction, and a source that gives it in small pieces. */
struct memory {
	struct source source;
	struct str bytes;
	size_t at;
};

static ssize_t memory_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct memory *m = (struct memory *)s;
	size_t n = m->bytes.len - m->at;

	n = n < len ? n : len;
	n = n < 100 ? n : 100;
	memcpy(to, m->bytes.data + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

static void add_entry(struct memory *m, char type, const char *path, const char *content, size_t len)
{
	char header[TAR_BLOCK] = "", padding[TAR_BLOCK] = "";
	unsigned sum = 0;

	(void)snprintf(header, 100, "%s", path);
	(void)snprintf(header + 100, 8, "%07o", 0644);
	(void)snprintf(header + 108, 8, "%07o", 1000);
	(void)snprintf(header + 116, 8, "%07o", 1000);
	(void)snprintf(header + 124, 12, "%011o", (unsigned)len & 0xffffff);
	(void)snprintf(header + 136, 12, "%011o", 7);
	header[156] = type;
	memcpy(header + 257, "ustar\00000", 8);
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	(void)snprintf(header + 148, 8, "%06o", sum);
	str_add_bytes(&m->bytes, header, sizeof(header));
	str_add_bytes(&m->bytes, content, len);
	str_add_bytes(&m->bytes, padding, (TAR_BLOCK - len % TAR_BLOCK) % TAR_BLOCK);
}

static struct tar_reader *reader_of(struct memory *m)
{
	struct tar_reader *tar = NULL;

	m->source.read = memory_read;
	assert_int_equal(tar_reader_new(&m->source, &tar, NULL), 0);
	return tar;
}

static void entries_come_with_their_content_and_unread_content_is_skipped(void **state)
{
	struct memory m = { .bytes = STR_INIT };
	const struct tar_entry *entry;
	struct tar_reader *tar;
	char text[16];

	(void)state;
	add_entry(&m, '0', "skipped", "0123456789", 10);
	add_entry(&m, '0', "read", "hello", 5);
	tar = reader_of(&m);
	assert_int_equal(tar_next(tar, &entry, NULL), 1);
	assert_int_equal(tar_next(tar, &entry, NULL), 1);
	assert_string_equal(entry->path, "read");
	assert_int_equal(entry->uid, 1000);
	assert_int_equal(tar_read(tar, text, sizeof(text), NULL), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(tar_read(tar, text, sizeof(text), NULL), 0);
	assert_int_equal(tar_next(tar, &entry, NULL), 0);
	tar_reader_free(tar);
	str_done(&m.bytes);
}

static void pax_records_win_over_the_header_and_count_once(void **state)
{
	static const char records[] = "22 path=a/longer/name\n15 uid=1000000\n23 mtime=12.5000000000\n"
				      "32 SCHILY.xattr.user.key=value!\n";
	struct memory m = { .bytes = STR_INIT };
	const struct tar_entry *entry;
	struct tar_reader *tar;

	(void)state;
	add_entry(&m, 'x', "pax", records, strlen(records));
	add_entry(&m, '0', "short", "", 0);
	add_entry(&m, '0', "next", "", 0);
	tar = reader_of(&m);
	assert_int_equal(tar_next(tar, &entry, NULL), 1);
	assert_string_equal(entry->path, "a/longer/name");
	assert_int_equal(entry->uid, 1000000);
	assert_int_equal(entry->mtime, 12);
	assert_int_equal(entry->mtime_nsec, 500000000);
	assert_int_equal(entry->xattrs.n, 1);
	assert_string_equal(entry->xattrs.items[0].name, "user.key");
	assert_int_equal(tar_next(tar, &entry, NULL), 1);
	assert_string_equal(entry->path, "next");
	assert_int_equal(entry->uid, 1000);
	tar_reader_free(tar);
	str_done(&m.bytes);
}

static void damaged_archives_are_refused(void **state)
{
	static const char *const records[] = {
		"99 path=x\n", "0 path=x\n", "path=x\n", "9 path=x\n9", "10 pathx\n\n", "13 uid=-1000\n",
		"18 uid=4294967295\n", "27 GNU.sparse.major=1000000\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct memory m = { .bytes = STR_INIT };
		const struct tar_entry *entry;
		struct tar_reader *tar;

		add_entry(&m, 'x', "pax", records[i], strlen(records[i]));
		add_entry(&m, '0', "file", "", 0);
		tar = reader_of(&m);
		if (tar_next(tar, &entry, NULL) != -1)
			fail_msg("accepted: %s", records[i]);
		tar_reader_free(tar);
		str_done(&m.bytes);
	}
}

static void a_wrong_checksum_or_a_short_file_is_an_error(void **state)
{
	struct memory m = { .bytes = STR_INIT };
	const struct tar_entry *entry;
	struct tar_reader *tar;
	struct err e = ERR_INIT;
	char chunk[64];
	ssize_t n;

	(void)state;
	add_entry(&m, '0', "file", "0123456789", 10);
	m.bytes.len = TAR_BLOCK + 4;
	tar = reader_of(&m);
	assert_int_equal(tar_next(tar, &entry, &e), 1);
	do
		n = tar_read(tar, chunk, sizeof(chunk), &e);
	while (n > 0);
	assert_int_equal(n, -1);
	tar_reader_free(tar);
	m.at = 0;
	m.bytes.data[0] = 'F';
	tar = reader_of(&m);
	assert_int_equal(tar_next(tar, &entry, &e), -1);
	assert_non_null(strstr(e.text, "checksum"));
	tar_reader_free(tar);
	str_done(&m.bytes);
}

static void plain_bytes_pass_the_decompressor_as_they_are(void **state)
{
	struct memory m = { .source = { .read = memory_read }, .bytes = STR_INIT };
	struct decompress *d = NULL;
	char text[8], digest[DIGEST_TEXT];

	(void)state;
	str_add(&m.bytes, "plain");
	assert_int_equal(decompress_new(&m.source, &d, NULL), 0);
	assert_int_equal(source_read_full(decompress_source(d), text, 5, NULL), 1);
	assert_memory_equal(text, "plain", 5);
	assert_int_equal(source_read_full(decompress_source(d), text, 1, NULL), 0);
	decompress_free(d);
	assert_int_equal(digest_of("abc", 3, digest, NULL), 0);
	assert_string_equal(digest, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	str_done(&m.bytes);
}

static void a_gzip_stream_that_ends_early_is_an_error(void **state)
{
	static const char gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd"; /* the front of "hello" */
	struct memory m = { .source = { .read = memory_read }, .bytes = STR_INIT };
	struct decompress *d = NULL;
	struct err e = ERR_INIT;
	char text[64];

	(void)state;
	str_add_bytes(&m.bytes, gzip, sizeof(gzip) - 1);
	assert_int_equal(decompress_new(&m.source, &d, NULL), 0);
	assert_int_equal(source_read_full(decompress_source(d), text, sizeof(text), &e), -1);
	assert_string_equal(e.text, "the gzip data ends too early");
	decompress_free(d);
	str_done(&m.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_with_their_content_and_unread_content_is_skipped),
		cmocka_unit_test(pax_records_win_over_the_header_and_count_once),
		cmocka_unit_test(damaged_archives_are_refused),
		cmocka_unit_test(a_wrong_checksum_or_a_short_file_is_an_error),
		cmocka_unit_test(plain_bytes_pass_the_decompressor_as_they_are),
		cmocka_unit_test(a_gzip_stream_that_ends_early_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
