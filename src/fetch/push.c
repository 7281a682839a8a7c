/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Blobs first, the manifest last, so that nobody sees an image that is not whole. A blob that the repository has is not
 * sent; one that another repository of the registry has is mounted; the rest is sent, a large one in chunks.
 *
 * Request: network with one endpoint, manifestDigest and manifestType, words: the tags, sources: other repositories of the
 * registry that may have the blobs. Answers: a text "tag" for each, with the manifest's size.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/digest.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "fetch/blob.h"
#include "fetch/jobs.h"
#include "fetch/registry.h"
#include "formats/image_record.h"
#include "oci/manifest.h"

enum { CHUNK = 16 << 20, SHORT_DIGEST = 12, TELL_MS = 100 };

struct push {
	const struct job_context *ctx;
	struct registry registry;
	struct str text; /* the manifest's */
	struct oci_manifest manifest;
};

static void push_done(struct push *p)
{
	registry_done(&p->registry);
	str_done(&p->text);
	decode_done(&oci_manifest_table, &p->manifest);
}

/* One blob on its way. */
struct upload {
	struct push *push;
	const struct oci_descriptor *blob;
	char object[SHORT_DIGEST + 1], what[DIGEST_TEXT + 16];
	char *location; /* where it is sent to, absolute */
	int file;
	uint64_t sent, size;
};

static void upload_done(struct upload *u)
{
	free(u->location);
	own_close(&u->file);
}

static int tell(const struct upload *u, const char *status, uint64_t current, struct err *e)
{
	return job_progress(u->push->ctx, u->object, status, current, u->size, e);
}

static int open_blob(const struct push *p, const char *digest, uint64_t *ret_size, struct err *e)
{
	autofree char *path = NULL;
	struct stat st;
	int fd;

	if (!image_digest_valid(digest))
		return err_set(e, ERR_INVALID, "'%.100s' is not a sha256 digest", digest);
	path = str_format("%.6s/%s", digest, image_digest_hex(digest));
	if (!path)
		return err_nomem(e);
	fd = path_open(p->ctx->input, path, PATH_OWN, O_RDONLY | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, fd < 0 ? -fd : errno, "open blob '%s'", digest);
	*ret_size = (uint64_t)st.st_size;
	return fd;
}

/* ---- what need not be sent ---- */

/* 1: the registry has it, 0: it does not. */
static int exists(const struct upload *u, struct err *e)
{
	struct registry_call call = { .registry = &u->push->registry, .what = u->what, .request = { .method = "HEAD" } };
	autofree char *path = str_format("blobs/%s", u->blob->digest);
	int r = path ? registry_call_run(&call, path, e) : err_nomem(e), status = r < 0 ? 0 : call.answer.status;

	if (r > 0 && status != 200 && status != 404)
		r = registry_refused(&call, e);
	registry_call_done(&call);
	return r < 0 ? -1 : status == 200;
}

/* Asks for a place to send it to, or for the blob of another repository: 1 when that was given. */
static int begin(struct upload *u, const char *source, struct err *e)
{
	struct registry_call call = { .registry = &u->push->registry, .what = u->what, .request = { .method = "POST" } };
	autofree char *path = source ? str_format("blobs/uploads/?mount=%s&from=%s", u->blob->digest, source) :
				       strdup("blobs/uploads/");
	int r = path ? registry_call_run(&call, path, e) : err_nomem(e), status = r < 0 ? 0 : call.answer.status;

	if (r > 0 && status != 202 && !(source && status == 201))
		r = registry_refused(&call, e);
	if (r > 0 && status == 202 && !call.answer.location[0])
		r = err_set(e, ERR_INVALID, "%s: the registry does not say where to send it", u->what);
	if (r > 0 && status == 202) {
		free(u->location);
		u->location = strdup(call.answer.location);
		r = u->location ? 1 : err_nomem(e);
	}
	registry_call_done(&call);
	return r < 0 ? -1 : status == 201;
}

/* From one of the repositories that may have it; else there is a place to send it to. */
static int mount_blob(struct upload *u, struct err *e)
{
	const struct strv *sources = &u->push->ctx->request.sources;
	autofree char *said = NULL;

	for (size_t i = 0; i < sources->n; i++) {
		struct err why = ERR_INIT;
		int r = begin(u, sources->items[i], &why);

		if (r == 1) {
			said = str_format("Mounted from %s", sources->items[i]);
			return !said ? err_nomem(e) : tell(u, said, 0, e) < 0 ? -1 : 1;
		}
		/* A registry that does not let us read there refuses: then it is sent. */
		if (r == 0)
			return 0;
	}
	return begin(u, NULL, e);
}

/* ---- sending ---- */

/* The address with the digest added: the last request of an upload. */
static char *closing(const struct upload *u)
{
	return str_format("%s%cdigest=%s", u->location, strchr(u->location, '?') ? '&' : '?', u->blob->digest);
}

/* Where an upload goes may be another host: it gets no login. */
static bool elsewhere(const struct upload *u)
{
	char origin[TRANSPORT_URL];

	return !transport_origin(u->location, origin, sizeof(origin)) || !str_eq(origin, u->push->registry.origin);
}

static int watch(const struct upload *u, struct registry_call *call, struct err *e)
{
	int64_t told = 0;
	int r;

	while ((r = registry_call_step(call, e)) == 0) {
		int64_t now = clock_boot();

		if (now - told > TELL_MS * NSEC_PER_MSEC && call->exchange) {
			told = now;
			if (tell(u, "Pushing", u->sent + exchange_sent(call->exchange), e) < 0)
				return -1;
		}
		if (transport_step(u->push->registry.transport, TELL_MS, e) < 0)
			return -1;
	}
	return r;
}

/* Sends `len` bytes, which may be none; `wanted` is the status of success, *ret_location where the next go. */
static int send_part(struct upload *u, const char *method, const char *address, uint64_t len, int wanted, struct err *e)
{
	char range[64];
	struct registry_call call = {
		.registry = &u->push->registry,
		.what = u->what,
		.foreign = elsewhere(u),
		.request = { .method = method, .content_type = "application/octet-stream", .body_fd = u->file,
			     .body_offset = u->sent, .body_len = len },
	};
	int r;

	(void)snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)u->sent, (unsigned long long)(u->sent + len - 1));
	if (str_eq(method, "PATCH"))
		call.request.content_range = range;
	r = registry_call_begin(&call, address, e);
	if (r == 0)
		r = watch(u, &call, e);
	if (r > 0 && call.answer.status != wanted)
		r = registry_refused(&call, e);
	if (r > 0 && wanted == 202 && call.answer.location[0]) {
		free(u->location);
		u->location = strdup(call.answer.location);
		r = u->location ? 1 : err_nomem(e);
	}
	registry_call_done(&call);
	return r < 0 ? -1 : 0;
}

static int send_blob(struct upload *u, struct err *e)
{
	autofree char *last = NULL;

	u->sent = 0;
	while (u->size > CHUNK && u->sent < u->size) {
		uint64_t len = u->size - u->sent < CHUNK ? u->size - u->sent : CHUNK;

		if (send_part(u, "PATCH", u->location, len, 202, e) < 0)
			return -1;
		u->sent += len;
	}
	last = closing(u);
	return last ? send_part(u, "PUT", last, u->size - u->sent, 201, e) : err_nomem(e);
}

static int push_blob(struct push *p, const struct oci_descriptor *blob, struct err *e)
{
	cleanup(upload_done) struct upload u = { .push = p, .blob = blob, .file = -EBADF };
	int r;

	(void)snprintf(u.what, sizeof(u.what), "blob '%.*s'", DIGEST_TEXT, blob->digest);
	u.file = open_blob(p, blob->digest, &u.size, e);
	if (u.file < 0)
		return -1;
	(void)snprintf(u.object, sizeof(u.object), "%.12s", image_digest_hex(blob->digest));
	if (tell(&u, "Preparing", 0, e) < 0)
		return -1;
	r = exists(&u, e);
	if (r != 0)
		return r < 0 ? -1 : tell(&u, "Layer already exists", 0, e);
	r = mount_blob(&u, e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	return send_blob(&u, e) < 0 ? -1 : tell(&u, "Pushed", u.size, e);
}

/* ---- the manifest ---- */

static int read_manifest(struct push *p, struct err *e)
{
	const struct worker_request *request = &p->ctx->request;
	uint64_t size = 0;
	autofd int fd = open_blob(p, request->manifest_digest, &size, e);
	int r;

	if (fd < 0)
		return -1;
	r = io_read_all(fd, BLOB_DOCUMENT_MAX, &p->text);
	if (r < 0)
		return err_sys(e, -r, "read manifest '%s'", request->manifest_digest);
	if (oci_manifest_parse(str_text(&p->text), p->text.len, &p->manifest, e) < 0)
		return err_prefix(e, "manifest '%s'", request->manifest_digest);
	return 0;
}

static int push_tag(struct push *p, const char *tag, struct err *e)
{
	const struct worker_request *request = &p->ctx->request;
	autofree char *path = str_format("manifests/%s", tag), *what = str_format("manifest '%s'", tag);
	struct registry_call call = {
		.registry = &p->registry,
		.what = what,
		.request = { .method = "PUT", .content_type = request->manifest_type, .body = str_text(&p->text),
			     .body_len = p->text.len },
	};
	struct worker_text text = { (char[]){ "tag" }, (char *)(uintptr_t)tag, p->text.len };
	int r = path && what ? registry_call_run(&call, path, e) : err_nomem(e);

	if (r > 0 && call.answer.status != 201)
		r = registry_refused(&call, e);
	if (r > 0 && call.answer.content_digest[0] && !str_eq(call.answer.content_digest, request->manifest_digest) &&
	    str_starts(call.answer.content_digest, "sha256:"))
		r = err_set(e, ERR_INVALID, "%s: the registry says digest '%.100s', it was sent '%s'", what,
			    call.answer.content_digest, request->manifest_digest);
	registry_call_done(&call);
	return r < 0 ? -1 : job_send(p->ctx, WORKER_TEXT, &worker_text_table, &text, e);
}

static int add_scopes(struct push *p, struct err *e)
{
	const struct strv *sources = &p->ctx->request.sources;
	struct strv *scopes = &p->registry.scopes;

	if (strv_addf(scopes, "repository:%s:pull,push", p->registry.endpoint->repository) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < sources->n; i++)
		if (strv_addf(scopes, "repository:%s:pull", sources->items[i]) < 0)
			return err_nomem(e);
	return 0;
}

int fetch_push(struct job_context *ctx, struct err *e)
{
	cleanup(push_done) struct push p = { .ctx = ctx };
	const struct worker_request *request = &ctx->request;
	const struct worker_network *network = &request->network;

	if (network->endpoints.n != 1 || !request->manifest_digest || !request->manifest_type)
		return err_set(e, ERR_INTERNAL, "there is nothing to push");
	if (read_manifest(&p, e) < 0 || registry_connect(network, &network->endpoints.items[0], &p.registry, e) < 0 ||
	    add_scopes(&p, e) < 0)
		return -1;
	for (size_t i = 0; i < p.manifest.layers.n; i++)
		if (push_blob(&p, &p.manifest.layers.items[i], e) < 0)
			return -1;
	if (push_blob(&p, &p.manifest.config, e) < 0)
		return -1;
	for (size_t i = 0; i < request->words.n; i++)
		if (push_tag(&p, request->words.items[i], e) < 0)
			return -1;
	return 0;
}
