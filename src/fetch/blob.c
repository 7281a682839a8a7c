/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One pass: the bytes of a blob are hashed and stored while their consumer reads them. What was promised is checked in
 * two places: too many bytes fail at once, so that an endless answer fills no disk; the rest at the end.
 */

#include "fetch/blob.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "formats/image_record.h"

static int too_large(const struct blob_promise *promise, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s '%s': more than the promised %llu bytes", promise->what, promise->digest,
		       (unsigned long long)promise->size);
}

static ssize_t blob_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct blob_reader *r = (struct blob_reader *)s;
	ssize_t n = source_read(r->from, to, len, e);
	int result;

	if (n < 0)
		return err_prefix(e, "%s '%s'", r->promise->what, r->promise->digest);
	if (n == 0) {
		r->ended = true;
		return 0;
	}
	r->seen += (uint64_t)n;
	if (r->seen > r->promise->size)
		return too_large(r->promise, e);
	digest_add(&r->digest, to, (size_t)n);
	if (r->file < 0)
		return n;
	result = io_write_full(r->file, to, (size_t)n);
	return result < 0 ? err_sys(e, -result, "%s '%s': write", r->promise->what, r->promise->digest) : n;
}

int blob_reader_init(struct blob_reader *r, struct source *from, const struct blob_promise *promise, int file,
		     struct err *e)
{
	*r = (struct blob_reader){ .source = { .read = blob_read }, .from = from, .promise = promise, .file = file };
	if (!image_digest_valid(promise->digest))
		return err_set(e, ERR_INVALID, "%s: '%.100s' is not a sha256 digest", promise->what, promise->digest);
	return digest_init_as(&r->digest, promise->digest, e);
}

void blob_reader_done(struct blob_reader *r)
{
	digest_done(&r->digest);
}

int blob_verify(struct blob_reader *r, struct err *e)
{
	const struct blob_promise *promise = r->promise;
	char rest[16384], found[DIGEST_TEXT];
	ssize_t n = 0;

	while (!r->ended && n >= 0)
		n = blob_read(&r->source, rest, sizeof(rest), e);
	if (n < 0)
		return -1;
	if (promise->size != UINT64_MAX && r->seen != promise->size)
		return err_set(e, ERR_INVALID, "%s '%s': %llu bytes instead of the promised %llu", promise->what,
			       promise->digest, (unsigned long long)r->seen, (unsigned long long)promise->size);
	digest_end(&r->digest, found);
	if (!str_eq(found, promise->digest) && !weakened("digest-check"))
		return err_set(e, ERR_INVALID, "%s '%s': its content has the digest '%s'", promise->what, promise->digest,
			       found);
	return 0;
}

int blob_read_document(struct source *from, const struct blob_promise *promise, struct str *to, struct err *e)
{
	struct blob_reader r;
	char chunk[16384];
	ssize_t n;
	int result = -1;

	if (promise->size != UINT64_MAX && promise->size > BLOB_DOCUMENT_MAX)
		return err_set(e, ERR_INVALID, "%s '%s': %llu bytes are more than %d", promise->what, promise->digest,
			       (unsigned long long)promise->size, BLOB_DOCUMENT_MAX);
	if (blob_reader_init(&r, from, promise, -EBADF, e) < 0)
		return -1;
	while ((n = source_read(&r.source, chunk, sizeof(chunk), e)) > 0 && to->len <= BLOB_DOCUMENT_MAX)
		str_add_bytes(to, chunk, (size_t)n);
	if (n > 0)
		(void)err_set(e, ERR_INVALID, "%s '%s': more than %d bytes", promise->what, promise->digest,
			      BLOB_DOCUMENT_MAX);
	else if (n == 0)
		result = to->failed ? err_nomem(e) : blob_verify(&r, e);
	blob_reader_done(&r);
	return result;
}

/* ---- files ---- */

int blob_create(const struct job_context *ctx, const char *name, struct err *e)
{
	int fd;

	(void)unlinkat(ctx->staging, name, 0);
	fd = path_open(ctx->staging, name, PATH_OWN, O_RDWR | O_CREAT | O_EXCL, 0600);
	return fd < 0 ? err_sys(e, -fd, "make '%s' in the staging directory", name) : fd;
}

int blob_keep(const struct job_context *ctx, const char *name, const char *digest, struct err *e)
{
	autofd int blobs = path_make_dirs(ctx->staging, "blobs", PATH_OWN, 0700);

	if (blobs < 0)
		return err_sys(e, -blobs, "make 'blobs' in the staging directory");
	if (renameat(ctx->staging, name, blobs, image_digest_hex(digest)) < 0)
		return err_sys(e, errno, "name blob '%s'", digest);
	return 0;
}

int blob_store(const struct job_context *ctx, const char *digest, const struct str *bytes, struct err *e)
{
	static const char name[] = "document";
	autofd int fd = blob_create(ctx, name, e);
	int r;

	if (fd < 0)
		return -1;
	r = io_write_full(fd, str_text(bytes), bytes->len);
	return r < 0 ? err_sys(e, -r, "write blob '%s'", digest) : blob_keep(ctx, name, digest, e);
}

int blob_open(const struct job_context *ctx, const struct blob_promise *promise, struct err *e)
{
	char path[BLOB_NAME];
	int fd;

	if (!image_digest_valid(promise->digest))
		return err_set(e, ERR_INVALID, "%s: '%.100s' is not a sha256 digest", promise->what, promise->digest);
	(void)snprintf(path, sizeof(path), "blobs/%s", image_digest_hex(promise->digest));
	fd = path_open(ctx->staging, path, PATH_OWN, O_RDONLY | O_NOCTTY, 0);
	if (fd == -ENOENT)
		return err_set(e, ERR_NOT_FOUND, "%s '%s' is not in the archive", promise->what, promise->digest);
	return fd < 0 ? err_sys(e, -fd, "open %s '%s'", promise->what, promise->digest) : fd;
}
