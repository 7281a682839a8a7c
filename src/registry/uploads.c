/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Uploads: started by POST, which may also mount a blob that another repository has, or carry the whole of it; continued by
 * PATCH, in order; ended by PUT with the digest; asked for by GET; given up by DELETE.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/own.h"
#include "oci/ref.h"
#include "registry/exchange.h"

static void answer_location(struct exchange *x, const struct upload *u)
{
	answer_field(x, "Location", "/v2/%s/blobs/uploads/%s", x->repository, u->id);
	answer_field(x, "Docker-Upload-UUID", "%s", u->id);
	/* Clients expect a range of what is there, which HTTP cannot say of nothing. */
	answer_field(x, "Range", "0-%llu", (unsigned long long)(u->size ? u->size - 1 : 0));
}

static void answer_created(struct exchange *x)
{
	answer_field(x, "Location", "/v2/%s/blobs/%s", x->repository, x->digest.text);
	answer_field(x, "Docker-Content-Digest", "%s", x->digest.text);
	answer_set(x, 201);
}

/* A parameter that is a digest, in x->digest: 1, 0 when there is none, -1 when it was answered. */
static int digest_parameter(struct exchange *x, const char *name)
{
	char text[DIGEST_TEXT];
	int n = http1_parameter(x->request, name, 0, text, sizeof(text));

	if (n == -ENOENT)
		return 0;
	if (n >= 0 && digest_parse(text, &x->digest) == 0)
		return 1;
	answer_refuse(x, DIGEST_INVALID, "parameter '%s' is not a digest", name);
	return -1;
}

/* ---- POST ---- */

/* Mounts x->digest if some repository has it, and answers then. */
static void try_mount(struct exchange *x)
{
	char from[REPOSITORY_MAX + 1];
	int n = http1_parameter(x->request, "from", 0, from, sizeof(from));
	struct err e = ERR_INIT;
	int r;

	if (n != -ENOENT && (n <= 0 || !oci_repository_valid(from, (size_t)n))) {
		answer_refuse(x, NAME_INVALID, "parameter 'from' is not a repository's name");
		return;
	}
	r = repository_mount(x->registry, n == -ENOENT ? NULL : from, x->repository, &x->digest);
	if (r == 1) {
		answer_created(x);
	} else if (r < 0) {
		(void)err_sys(&e, -r, "mount blob '%s'", x->digest.text);
		answer_failed(x, &e);
	}
}

void upload_post_begin(struct exchange *x)
{
	struct err e = ERR_INIT;
	int mount = digest_parameter(x, "mount");

	if (mount > 0)
		try_mount(x);
	if (x->answer.status)
		return;
	if (mount == 0 && digest_parameter(x, "digest") < 0)
		return;
	if (upload_new(x->registry, x->repository, &x->upload, &e) < 0)
		answer_failed(x, &e);
}

/* The client's next request may come by another connection, and before our answer's end: the upload is free by then. The hash
 * waits for it here. */
static void carry_upload(struct exchange *x)
{
	upload_close(&x->upload);
	upload_done(x->carry);
	*x->carry = x->upload;
	x->upload = (struct upload)UPLOAD_INIT;
}

/* Without a digest it was only the start. */
void upload_post_end(struct exchange *x)
{
	char digest[DIGEST_TEXT];

	if (http1_parameter(x->request, "mount", 0, digest, sizeof(digest)) == -ENOENT &&
	    http1_parameter(x->request, "digest", 0, digest, sizeof(digest)) != -ENOENT)
		return;
	x->keeps_upload = true;
	answer_location(x, &x->upload);
	answer_set(x, 202);
	carry_upload(x);
}

/* ---- an upload that was started ---- */

/* The hash of all that this connection has sent of the upload so far is as good as reading it again. */
static void take_carried_hash(struct exchange *x)
{
	if (x->carry->hash.context && str_eq(x->carry->id, x->upload.id) && x->carry->size == x->upload.size) {
		hash_done(&x->upload.hash);
		x->upload.hash = x->carry->hash;
		x->carry->hash.context = NULL;
	}
	upload_done(x->carry);
}

/* Opens x->target in x->upload, which stays whatever becomes of this request. */
static bool open_upload(struct exchange *x)
{
	int error = upload_open(x->registry, x->repository, x->target, &x->upload);
	struct err e = ERR_INIT;

	if (error == 0) {
		x->keeps_upload = true;
		take_carried_hash(x);
	} else if (error == -EAGAIN) {
		answer_refuse_as(x, 409, BLOB_UPLOAD_INVALID, "another request writes this upload");
	} else if (error == -ENOENT || error == -ELOOP) {
		answer_refuse(x, BLOB_UPLOAD_UNKNOWN, "there is no upload '%.100s'", x->target);
	} else {
		(void)err_sys(&e, -error, "open upload '%.100s'", x->target);
		answer_failed(x, &e);
	}
	return error == 0;
}

/* "5-9": where the chunk must begin, and how long it is. Without the field it is appended. */
static bool check_range(struct exchange *x)
{
	struct http1_slice value = http1_field(x->request, "Content-Range");
	const struct upload *u = &x->upload;
	const char *dash = value.at ? memchr(value.at, '-', value.len) : NULL;
	uint64_t first = 0, last = 0;
	bool right;

	if (!value.at)
		return true;
	right = dash && http1_number((struct http1_slice){ value.at, (size_t)(dash - value.at) }, &first) &&
		http1_number((struct http1_slice){ dash + 1, value.len - (size_t)(dash + 1 - value.at) }, &last) && first <= last;
	if (!right) {
		answer_refuse(x, BLOB_UPLOAD_INVALID, "Content-Range is not FIRST-LAST");
		return false;
	}
	if (first != u->size || (!x->request->chunked && last - first + 1 != x->request->length)) {
		answer_location(x, u);
		answer_refuse(x, RANGE_INVALID, "the upload has %llu bytes", (unsigned long long)u->size);
		return false;
	}
	x->body_max = last - first + 1;
	return true;
}

void upload_patch_begin(struct exchange *x)
{
	if (open_upload(x) && !check_range(x))
		upload_done(&x->upload);
}

void upload_patch_end(struct exchange *x)
{
	answer_location(x, &x->upload);
	answer_set(x, 202);
	carry_upload(x);
}

void upload_put_begin(struct exchange *x)
{
	int given = digest_parameter(x, "digest");

	if (given == 0)
		answer_refuse(x, DIGEST_INVALID, "the digest is missing");
	if (given > 0 && open_upload(x) && !check_range(x))
		upload_done(&x->upload);
}

void upload_work(struct exchange *x)
{
	struct err e = ERR_INIT;
	int r = upload_matches(&x->upload, &x->digest, &e);

	if (r == 1 && upload_publish(x->registry, x->repository, &x->upload, &x->digest, &e) < 0)
		r = -1;
	if (r == 0) {
		outcome_refuse(x, DIGEST_INVALID, "what was sent is not '%s'", x->digest.text);
		upload_remove(x->registry, &x->upload);
	} else if (r < 0) {
		outcome_failed(x, &e);
	}
}

void upload_finish(struct exchange *x)
{
	if (!outcome_is_refusal(x))
		answer_created(x);
}

void upload_get_begin(struct exchange *x)
{
	struct upload u = UPLOAD_INIT;
	int error = upload_open(x->registry, x->repository, x->target, &u);
	struct stat st;

	/* Also while another request writes it. */
	if (error == -EAGAIN && fstatat(x->registry->uploads, x->target, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		memcpy(u.id, x->target, sizeof(u.id));
		u.size = (uint64_t)st.st_size;
		error = 0;
	}
	if (error < 0) {
		answer_refuse(x, BLOB_UPLOAD_UNKNOWN, "there is no upload '%.100s'", x->target);
		return;
	}
	answer_location(x, &u);
	answer_set(x, 204);
	upload_done(&u);
}

void upload_delete_begin(struct exchange *x)
{
	if (!open_upload(x))
		return;
	upload_remove(x->registry, &x->upload);
	answer_set(x, 204);
}
