/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One loop drives everything: a reader that has used up what has come waits in transport_step, where every other transfer
 * goes on, and a reader that is busy calls it now and then. A file's bytes are hashed as they arrive. A connection that
 * breaks is followed by one that asks for the rest; a server that sends the whole again costs the bytes, not the hash.
 *
 * What a killed process left may be damaged by a power cut: it is hashed again, is not read before the whole is right,
 * and when that fails the download begins anew, once.
 */

#include "fetch/download.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "formats/image_record.h"

enum { PARALLEL = 6, DRIVE_BYTES = 1 << 20, TELL_MS = 100, SHORT_DIGEST = 12, PROGRESS_BYTES = 1 << 20, WAIT_MS = 1000 };

static const char partial[] = "partial";

struct download {
	struct source source; /* first */
	struct downloads *all;
	struct blob_promise promise;
	const struct strv *urls;
	size_t url_at; /* the next of them */
	char object[SHORT_DIGEST + 1], what[DIGEST_TEXT + 16], name[BLOB_NAME];
	struct registry_call call;
	struct digest digest;
	int file;
	uint64_t have, at;  /* bytes of the file, bytes that were read of them */
	uint64_t resumed;   /* bytes that another process had left */
	uint64_t had;	    /* when it was last asked for */
	size_t undriven;    /* bytes read since the others could go on */
	int64_t told;	    /* clock_boot */
	bool started, complete, restarted;
};

void downloads_done(struct downloads *d)
{
	for (size_t i = 0; i < d->n; i++) {
		registry_call_done(&d->items[i].call);
		digest_done(&d->items[i].digest);
		own_close(&d->items[i].file);
	}
	free(d->items);
	d->items = NULL;
	d->n = d->room = 0;
}

int downloads_expect(struct downloads *d, size_t n, struct err *e)
{
	d->items = calloc(n ? n : 1, sizeof(*d->items));
	d->room = n;
	return d->items ? 0 : err_nomem(e);
}

static struct download *find(struct downloads *d, const char *digest)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq(d->items[i].promise.digest, digest))
			return &d->items[i];
	return NULL;
}

/* ---- progress ---- */

static int tell(struct download *d, const char *status, bool now, struct err *e)
{
	int64_t clock = clock_boot();

	if (!now && clock - d->told < TELL_MS * NSEC_PER_MSEC)
		return 0;
	d->told = clock;
	return job_progress(d->all->ctx, d->object, status, d->have, d->promise.size, e);
}

/* ---- the file ---- */

static int open_file(struct download *d, struct err *e)
{
	autofd int dir = path_make_dirs(d->all->ctx->staging, partial, PATH_OWN, 0700);

	if (dir < 0)
		return err_sys(e, -dir, "make '%s' in the staging directory", partial);
	d->file = path_open(dir, d->name, PATH_OWN, O_RDWR | O_CREAT | O_NOCTTY, 0600);
	return d->file < 0 ? err_sys(e, -d->file, "%s: make its file", d->what) : 0;
}

static int begin_anew(struct download *d, struct err *e)
{
	digest_done(&d->digest);
	d->have = d->at = d->resumed = d->had = 0;
	if (ftruncate(d->file, 0) < 0 || lseek(d->file, 0, SEEK_SET) < 0)
		return err_sys(e, errno, "%s: empty its file", d->what);
	return digest_init_as(&d->digest, d->promise.digest, e);
}

/* Hashes what there is of it. */
static int take_up(struct download *d, struct err *e)
{
	autofree char *chunk = malloc(BLOB_CHUNK);
	ssize_t n;

	if (!chunk)
		return err_nomem(e);
	if (digest_init_as(&d->digest, d->promise.digest, e) < 0)
		return -1;
	while ((n = pread(d->file, chunk, BLOB_CHUNK, (off_t)d->have)) > 0) {
		digest_add(&d->digest, chunk, (size_t)n);
		d->have += (uint64_t)n;
	}
	if (n < 0)
		return err_sys(e, errno, "%s: read its file", d->what);
	if (d->have > d->promise.size)
		return begin_anew(d, e);
	d->resumed = d->had = d->have;
	return lseek(d->file, 0, SEEK_END) < 0 ? err_sys(e, errno, "%s: read its file", d->what) : 0;
}

static int take(void *arg, const void *bytes, size_t len, struct err *e)
{
	struct download *d = arg;
	int r;

	if (len > d->promise.size - d->have)
		return err_set(e, ERR_INVALID, "more than the promised %llu bytes", (unsigned long long)d->promise.size);
	r = io_write_full(d->file, bytes, len);
	if (r < 0)
		return err_sys(e, -r, "write");
	digest_add(&d->digest, bytes, len);
	d->have += len;
	return tell(d, "Downloading", false, e);
}

/* ---- the transfer ---- */

/* A connection that broke after it had brought something may break again. */
static int ask_for_rest(struct registry_call *call, struct err *e)
{
	struct download *d = call->request.arg;

	if (d->have - d->had >= PROGRESS_BYTES)
		call->tries = 0;
	d->had = d->have;
	call->request.offset = d->have;
	return 0;
}

static int send_call(struct download *d, const char *path, bool foreign, struct err *e)
{
	registry_call_done(&d->call);
	d->call = (struct registry_call){
		.registry = d->all->registry,
		.what = d->what,
		.foreign = foreign,
		.again = ask_for_rest,
		.request = { .take = take, .arg = d, .offset = d->have },
	};
	return registry_call_begin(&d->call, path, e);
}

static int ask_registry(struct download *d, struct err *e)
{
	char path[BLOB_NAME + 16];

	(void)snprintf(path, sizeof(path), "blobs/%s", d->promise.digest);
	return send_call(d, path, false, e);
}

/* A layer that its registry may not distribute lies at an address of its own; nothing of ours goes there. */
static int ask_url(struct download *d, struct err *e)
{
	const char *url = d->urls->items[d->url_at++];
	bool plain = str_starts(d->all->registry->origin, "http://");
	char origin[TRANSPORT_URL];

	if (!transport_origin(url, origin, sizeof(origin)) || (!plain && !str_starts(origin, "https://")))
		return err_set(e, ERR_DENIED, "%s: its address '%.200s' is not https", d->what, url);
	return send_call(d, url, true, e);
}

static int verify(struct download *d, struct err *e)
{
	const struct blob_promise *promise = &d->promise;
	char found[DIGEST_TEXT];

	if (d->have != promise->size)
		return err_set(e, ERR_INVALID, "%s: %llu bytes instead of the promised %llu", d->what,
			       (unsigned long long)d->have, (unsigned long long)promise->size);
	digest_end(&d->digest, found);
	if (str_eq(found, promise->digest) || weakened("digest-check"))
		return 0;
	return err_set(e, ERR_INVALID, "%s: its content has the digest '%s'", d->what, found);
}

static int keep(struct download *d, struct err *e)
{
	autofree char *path = str_format("%s/%s", partial, d->name);

	if (!path)
		return err_nomem(e);
	d->complete = true;
	if (blob_keep(d->all->ctx, path, d->promise.digest, e) < 0)
		return -1;
	return tell(d, "Download complete", true, e);
}

static void drop(const struct download *d)
{
	autofree char *path = str_format("%s/%s", partial, d->name);

	if (path)
		(void)unlinkat(d->all->ctx->staging, path, 0);
}

static int start(struct download *d, struct err *e)
{
	d->started = true;
	if (open_file(d, e) < 0 || take_up(d, e) < 0 || tell(d, "Downloading", true, e) < 0)
		return -1;
	if (d->have < d->promise.size)
		return ask_registry(d, e);
	if (verify(d, NULL) == 0)
		return keep(d, e);
	d->restarted = true;
	return begin_anew(d, e) < 0 ? -1 : ask_registry(d, e);
}

/* All of it was sent, it seems. */
static int finish(struct download *d, struct err *e)
{
	if (verify(d, e) == 0)
		return keep(d, e);
	if (d->resumed && !d->restarted) {
		d->restarted = true;
		return begin_anew(d, e) < 0 ? -1 : ask_registry(d, e);
	}
	drop(d);
	return -1;
}

static int answered(struct download *d, struct err *e)
{
	int status = d->call.answer.status;

	if (status == 200 || status == 206)
		return finish(d, e);
	/* There is no rest of what we have: then it is not what the registry has. */
	if (status == 416 && d->resumed && !d->restarted) {
		d->restarted = true;
		return begin_anew(d, e) < 0 ? -1 : ask_registry(d, e);
	}
	if (status == 404 && d->urls && d->url_at < d->urls->n)
		return ask_url(d, e);
	return registry_refused(&d->call, e);
}

/* Until the next of those that wait for their time is due. */
static int patience(const struct downloads *all, int ms)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct download *d = &all->items[i];
		int wait = d->started && !d->complete ? registry_call_wait(&d->call) : ms;

		if (wait < ms)
			ms = wait;
	}
	return ms;
}

static int downloads_step(struct downloads *all, int ms, struct err *e)
{
	size_t active = 0;

	if (transport_step(all->registry->transport, patience(all, ms), e) < 0)
		return -1;
	for (size_t i = 0; i < all->n && active < PARALLEL; i++) {
		struct download *d = &all->items[i];
		int r = 0;

		if (d->complete)
			continue;
		if (!d->started)
			r = start(d, e);
		else
			r = registry_call_step(&d->call, e);
		if (r > 0)
			r = answered(d, e);
		if (r < 0)
			return -1;
		active += !d->complete;
	}
	return 0;
}

/* ---- reading ---- */

static ssize_t download_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct download *d = (struct download *)s;
	ssize_t n;

	for (;;) {
		uint64_t ready = d->resumed && !d->complete ? 0 : d->have;

		if (d->undriven >= DRIVE_BYTES) {
			d->undriven = 0;
			if (downloads_step(d->all, 0, e) < 0)
				return -1;
		}
		if (d->at < ready) {
			n = pread(d->file, to, len < ready - d->at ? len : (size_t)(ready - d->at), (off_t)d->at);
			if (n <= 0)
				return err_sys(e, n ? errno : EIO, "%s: read its file", d->what);
			d->at += (uint64_t)n;
			d->undriven += (size_t)n;
			return n;
		}
		if (d->complete)
			return 0;
		if (downloads_step(d->all, d->started ? WAIT_MS : 0, e) < 0)
			return -1;
	}
}

int downloads_add(struct downloads *all, const struct blob_promise *promise, const struct strv *urls, struct err *e)
{
	struct download *d;

	if (find(all, promise->digest))
		return 0;
	if (!image_digest_valid(promise->digest))
		return err_set(e, ERR_INVALID, "%s: '%.100s' is not a sha256 digest", promise->what, promise->digest);
	if (all->n == all->room)
		return err_set(e, ERR_INTERNAL, "more blobs than expected");
	d = &all->items[all->n++];
	*d = (struct download){
		.source = { .read = download_read }, .all = all, .promise = *promise, .urls = urls, .file = -EBADF,
	};
	(void)snprintf(d->what, sizeof(d->what), "%s '%s'", promise->what, promise->digest);
	(void)snprintf(d->name, sizeof(d->name), "%s", image_digest_hex(promise->digest));
	(void)snprintf(d->object, sizeof(d->object), "%.12s", d->name);
	return job_progress(all->ctx, d->object, "Pulling fs layer", 0, 0, e);
}

int downloads_read(struct downloads *all, const char *digest, struct source **ret, struct err *e)
{
	struct download *d = find(all, digest);

	if (!d)
		return err_set(e, ERR_INTERNAL, "blob '%s' was not asked for", digest);
	d->at = 0;
	*ret = &d->source;
	return 0;
}
