/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a compressed tar: every entry has a path and ids that exist, and content ends where its size says. */

#include <stdint.h>
#include <string.h>

#include "archive/compress.h"
#include "archive/tar_read.h"

enum { TOTAL_MAX = 8 << 20 /* what a bomb may cost here */ };

struct memory {
	struct source source;
	const uint8_t *at;
	size_t left;
};

static ssize_t memory_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct memory *m = (struct memory *)s;
	size_t n = len < m->left ? len : m->left;

	memcpy(to, m->at, n);
	m->at += n;
	m->left -= n;
	return (ssize_t)n;
}

static void read_all(struct tar_reader *tar)
{
	const struct tar_entry *entry;
	char chunk[4096];
	uint64_t total = 0;
	ssize_t n;

	while (total < TOTAL_MAX && tar_next(tar, &entry, NULL) == 1) {
		uint64_t seen = 0;

		if (!entry->path || !entry->link || entry->uid == UINT32_MAX || entry->gid == UINT32_MAX)
			abort();
		while (total < TOTAL_MAX && (n = tar_read(tar, chunk, sizeof(chunk), NULL)) > 0) {
			seen += (uint64_t)n;
			total += (uint64_t)n;
		}
		if (seen > entry->size)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { .source = { .read = memory_read }, .at = data, .left = size };
	struct decompress *decompress = NULL;
	struct tar_reader *tar = NULL;

	if (decompress_new(&memory.source, &decompress, NULL) < 0)
		return 0;
	if (tar_reader_new(decompress_source(decompress), &tar, NULL) == 0)
		read_all(tar);
	tar_reader_free(tar);
	decompress_free(decompress);
	return 0;
}
