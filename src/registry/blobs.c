/* SPDX-License-Identifier: Apache-2.0 */

/* Blobs of a repository: whole or in part, and their removal. What is served is the file itself. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/own.h"
#include "registry/exchange.h"

static void blob_path(const struct digest *digest, char to[static REPOSITORY_PATH])
{
	(void)snprintf(to, REPOSITORY_PATH, "_blobs/%s", digest->path);
}

/* "bytes=5-9", "bytes=5-", "bytes=-5" of a file of `size` bytes: 1 and [from, to), 0 when it is to be ignored (another unit,
 * several ranges, not a range), -1 when nothing of the file is in it. RFC 9110, 14.2. */
static int range_parse(struct http1_slice value, uint64_t size, uint64_t *ret_from, uint64_t *ret_to)
{
	const char *dash;
	struct http1_slice first, last;
	uint64_t from = 0, to = size;

	if (!value.at || value.len < 6 || memcmp(value.at, "bytes=", 6) != 0)
		return 0;
	value = (struct http1_slice){ value.at + 6, value.len - 6 };
	dash = memchr(value.at, '-', value.len);
	if (!dash)
		return 0;
	first = (struct http1_slice){ value.at, (size_t)(dash - value.at) };
	last = (struct http1_slice){ dash + 1, value.len - first.len - 1 };
	if (first.len && !http1_number(first, &from))
		return 0;
	if (last.len && !http1_number(last, &to))
		return 0;
	if (!first.len) {
		if (!last.len)
			return 0;
		from = to < size ? size - to : 0;
		to = to ? size : 0;
	} else {
		to = last.len && to < size ? to + 1 : size;
	}
	*ret_from = from;
	*ret_to = to;
	return from < to ? 1 : -1;
}

static void serve(struct exchange *x, int file, uint64_t size)
{
	uint64_t from = 0, to = size;
	int r = http1_is(x->request->method, "GET") ? range_parse(http1_field(x->request, "Range"), size, &from, &to) : 0;

	if (r < 0) {
		own_close(&file);
		answer_refuse(x, RANGE_INVALID, "the blob has %llu bytes", (unsigned long long)size);
		answer_field(x, "Content-Range", "bytes */%llu", (unsigned long long)size);
		return;
	}
	answer_file(x, r ? 206 : 200, file, r ? from : 0, r ? to : size);
	if (r)
		answer_field(x, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)from, (unsigned long long)to - 1,
			     (unsigned long long)size);
	answer_field(x, "Content-Type", "application/octet-stream");
	answer_field(x, "Accept-Ranges", "bytes");
	answer_field(x, "Docker-Content-Digest", "%s", x->digest.text);
	answer_field(x, "ETag", "\"%s\"", x->digest.text);
}

void blob_get_begin(struct exchange *x)
{
	char path[REPOSITORY_PATH];
	autofd int file = -EBADF;
	struct stat st;

	if (!exchange_digest(x))
		return;
	blob_path(&x->digest, path);
	file = repository_open(x->registry, x->repository, path);
	if (file < 0 || fstat(file, &st) < 0)
		answer_refuse(x, BLOB_UNKNOWN, "repository '%s' has no blob '%s'", x->repository, x->digest.text);
	else
		serve(x, take_fd(file), (uint64_t)st.st_size);
}

void blob_delete_begin(struct exchange *x)
{
	struct err e = ERR_INIT;
	int error;

	if (!exchange_digest(x))
		return;
	error = repository_remove_blob(x->registry, x->repository, &x->digest);
	if (error == -ENOENT) {
		answer_refuse(x, BLOB_UNKNOWN, "repository '%s' has no blob '%s'", x->repository, x->digest.text);
	} else if (error < 0) {
		(void)err_sys(&e, -error, "remove blob '%s'", x->digest.text);
		answer_failed(x, &e);
	} else {
		answer_set(x, 202);
	}
}
