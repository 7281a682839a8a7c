/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Manifests. A pushed one is read and checked in a child of its own; what it refers to must be there, so that an
 * acknowledged image is whole. The order of the writes: record, entry among the subject's referrers, the manifest itself,
 * then the tag, each synced before the next: a reader that finds one of them finds those before it, or takes it as absent.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/own.h"
#include "registry/about.h"
#include "registry/exchange.h"
#include "registry/place.h"
#include "registry/tag.h"

enum { TAGS_MAX = 16 };

static void manifest_path(const struct digest *digest, const char *end, char to[static REPOSITORY_PATH])
{
	(void)snprintf(to, REPOSITORY_PATH, "_manifests/%s%s", digest->path, end);
}

/* x->target is a tag or a digest: true for one of them, x->digest is set for the latter; else it is answered. */
static bool check_reference(struct exchange *x, bool *ret_is_tag)
{
	*ret_is_tag = !strchr(x->target, ':');
	if (!*ret_is_tag)
		return exchange_digest(x);
	if (tag_is_valid(x->target))
		return true;
	answer_refuse(x, TAG_INVALID, "'%.200s' is not a tag", x->target);
	return false;
}

/* ---- GET ---- */

static int read_about(const struct exchange *x, struct about *ret)
{
	char path[REPOSITORY_PATH], head[ABOUT_HEAD];
	autofd int fd = -EBADF;
	ssize_t n;

	manifest_path(&x->digest, ".about", path);
	fd = repository_open(x->registry, x->repository, path);
	if (fd < 0)
		return fd;
	n = read(fd, head, sizeof(head));
	return n < 0 ? -errno : about_parse(head, (size_t)n, ret);
}

void manifest_get_begin(struct exchange *x)
{
	char path[REPOSITORY_PATH];
	autofd int file = -EBADF;
	struct about about;
	struct stat st;
	bool is_tag;

	if (!check_reference(x, &is_tag))
		return;
	if (!is_tag || tag_read(x->registry, x->repository, x->target, &x->digest) == 0) {
		manifest_path(&x->digest, "", path);
		file = repository_open(x->registry, x->repository, path);
	}
	if (file < 0 || fstat(file, &st) < 0 || read_about(x, &about) < 0) {
		answer_refuse(x, MANIFEST_UNKNOWN, "repository '%s' has no manifest '%.200s'", x->repository, x->target);
		return;
	}
	answer_file(x, 200, take_fd(file), 0, (uint64_t)st.st_size);
	answer_field(x, "Content-Type", "%s", about.media_type);
	answer_field(x, "Docker-Content-Digest", "%s", x->digest.text);
	answer_field(x, "ETag", "\"%s\"", x->digest.text);
}

/* ---- PUT ---- */

void manifest_put_begin(struct exchange *x)
{
	struct err e = ERR_INIT;
	char tag[TAG_MAX + 2];
	bool is_tag;
	int n;

	if (!check_reference(x, &is_tag))
		return;
	for (size_t i = 0; (n = http1_parameter(x->request, "tag", i, tag, sizeof(tag))) != -ENOENT; i++)
		if (n < 0 || !tag_is_valid(tag) || i == TAGS_MAX || is_tag) {
			answer_refuse(x, TAG_INVALID, "parameter 'tag' is not a tag, or one too many");
			return;
		}
	x->body_max = DOCUMENT_MAX;
	if (upload_new(x->registry, x->repository, &x->upload, &e) < 0)
		answer_failed(x, &e);
}

static bool has_content(const struct exchange *x, const char *directory, const char *text)
{
	char path[REPOSITORY_PATH];
	struct digest digest;

	if (digest_parse(text, &digest) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", directory, digest.path);
	return repository_has(x->registry, x->repository, path);
}

static bool is_whole(struct exchange *x, const struct document *d)
{
	const char *missing = !d->is_index && !has_content(x, "_blobs", d->config.digest) ? d->config.digest : NULL;

	for (size_t i = 0; i < d->layers.n && !missing; i++)
		if (!document_is_foreign(&d->layers.items[i]) && !has_content(x, "_blobs", d->layers.items[i].digest))
			missing = d->layers.items[i].digest;
	for (size_t i = 0; i < d->manifests.n && !missing; i++)
		if (!has_content(x, "_manifests", d->manifests.items[i].digest) && !has_content(x, "_blobs", d->manifests.items[i].digest))
			missing = d->manifests.items[i].digest;
	if (missing)
		outcome_refuse(x, MANIFEST_BLOB_UNKNOWN, "repository '%s' has no '%s'", x->repository, missing);
	return !missing;
}

static int put_about(struct exchange *x, const struct document *d, const char *directory, const char *hex, struct err *e)
{
	char name[DIGEST_TEXT + 8], referrers[REPOSITORY_PATH];
	autostr struct str text = STR_INIT;
	int error;

	about_print(d, x->digest.text, x->upload.size, &text);
	if (text.failed)
		return err_nomem(e);
	(void)snprintf(name, sizeof(name), "%s.about", hex);
	error = place_text(x->registry, x->repository, directory, name, text.data, text.len);
	if (error == 0 && d->subject.digest) {
		(void)snprintf(referrers, sizeof(referrers), "_referrers/%s", d->subject.digest);
		error = place_text(x->registry, x->repository, referrers, x->digest.text, text.data, text.len);
	}
	return error < 0 ? err_sys(e, -error, "keep the record of manifest '%s'", x->digest.text) : 0;
}

static int put_manifest(struct exchange *x, const struct document *d, struct err *e)
{
	const char *hex = strrchr(x->digest.path, '/') + 1;
	char directory[REPOSITORY_PATH];
	autofd int dir = -EBADF;
	int error = fdatasync(x->upload.fd) < 0 ? -errno : 0;

	(void)snprintf(directory, sizeof(directory), "_manifests/%s", digest_directory(x->digest.kind));
	if (error == 0 && put_about(x, d, directory, hex, e) < 0)
		return -1;
	dir = error < 0 ? error : repository_make(x->registry, x->repository, directory);
	if (dir < 0)
		error = dir;
	if (error == 0 && linkat(x->registry->uploads, x->upload.id, dir, hex, 0) < 0 && errno != EEXIST)
		error = -errno;
	if (error == 0 && fsync(dir) < 0)
		error = -errno;
	(void)unlinkat(x->registry->uploads, x->upload.id, 0);
	return error < 0 ? err_sys(e, -error, "keep manifest '%s'", x->digest.text) : 0;
}

static int put_tags(struct exchange *x, struct err *e)
{
	char tag[TAG_MAX + 2];
	int error = 0;

	if (!strchr(x->target, ':'))
		error = tag_write(x->registry, x->repository, x->target, &x->digest);
	for (size_t i = 0; error == 0 && http1_parameter(x->request, "tag", i, tag, sizeof(tag)) > 0; i++)
		error = tag_write(x->registry, x->repository, tag, &x->digest);
	return error < 0 ? err_sys(e, -error, "tag manifest '%s'", x->digest.text) : 0;
}

/* The digest that the target names, or sha256 for a tag. */
static bool settle_digest(struct exchange *x, struct err *e)
{
	char text[DIGEST_TEXT];
	int r;

	if (strchr(x->target, ':')) {
		r = upload_matches(&x->upload, &x->digest, e);
		if (r == 0)
			outcome_refuse(x, DIGEST_INVALID, "what was sent is not '%s'", x->digest.text);
	} else {
		r = hash_file(x->upload.fd, DIGEST_SHA256, text, e) < 0 || digest_parse(text, &x->digest) < 0 ? -1 : 1;
	}
	if (r < 0)
		outcome_failed(x, e);
	return r == 1;
}

static void keep(struct exchange *x, const struct document *d, struct err *e)
{
	autofd int lock = -EBADF;

	if (!settle_digest(x, e))
		return;
	lock = repository_lock(x->registry, x->repository);
	if (lock < 0)
		(void)err_sys(e, -lock, "lock repository '%s'", x->repository);
	else if (!is_whole(x, d))
		return;
	if (lock < 0 || put_manifest(x, d, e) < 0 || put_tags(x, e) < 0) {
		outcome_failed(x, e);
		return;
	}
	memcpy(x->outcome.digest, x->digest.text, sizeof(x->outcome.digest));
	if (d->subject.digest)
		(void)snprintf(x->outcome.subject, sizeof(x->outcome.subject), "%s", d->subject.digest);
}

void manifest_put_work(struct exchange *x)
{
	struct http1_slice type = http1_field(x->request, "Content-Type");
	const char *semicolon = type.at ? memchr(type.at, ';', type.len) : NULL;
	size_t type_len = semicolon ? (size_t)(semicolon - type.at) : type.len;
	autofree char *media_type = strndup(type.at ? type.at : "", type_len);
	autostr struct str text = STR_INIT;
	struct err e = ERR_INIT;
	struct document d;
	int r = lseek(x->upload.fd, 0, SEEK_SET) < 0 ? -errno : io_read_all(x->upload.fd, DOCUMENT_MAX, &text);

	if (r < 0 || !media_type) {
		(void)err_sys(&e, r < 0 ? -r : ENOMEM, "read the manifest");
		outcome_failed(x, &e);
		return;
	}
	if (document_parse(str_text(&text), text.len, media_type, &d, &e) < 0) {
		outcome_refuse(x, MANIFEST_INVALID, "%s", e.text);
		return;
	}
	keep(x, &d, &e);
	document_done(&d);
}

void manifest_put_finish(struct exchange *x)
{
	char tag[TAG_MAX + 2];

	if (outcome_is_refusal(x))
		return;
	answer_set(x, 201);
	answer_field(x, "Location", "/v2/%s/manifests/%s", x->repository, x->outcome.digest);
	answer_field(x, "Docker-Content-Digest", "%s", x->outcome.digest);
	if (x->outcome.subject[0])
		answer_field(x, "OCI-Subject", "%s", x->outcome.subject);
	for (size_t i = 0; http1_parameter(x->request, "tag", i, tag, sizeof(tag)) > 0; i++)
		answer_field(x, "OCI-Tag", "%s", tag);
}

/* ---- DELETE ---- */

void manifest_delete_begin(struct exchange *x)
{
	bool is_tag;

	(void)check_reference(x, &is_tag);
}

struct tagged {
	struct exchange *x;
	int error;
};

static int untag(const char *name, void *arg)
{
	struct tagged *t = arg;
	struct digest digest;

	if (tag_read(t->x->registry, t->x->repository, name, &digest) < 0 || !str_eq(digest.text, t->x->digest.text))
		return 0;
	t->error = tag_remove(t->x->registry, t->x->repository, name);
	return t->error;
}

/* Tags first, that none is left without its manifest; then the manifest, then what we knew of it. */
static int remove_manifest(struct exchange *x)
{
	char path[REPOSITORY_PATH], about_path[REPOSITORY_PATH], entry[REPOSITORY_PATH];
	struct tagged t = { .x = x };
	struct about about;
	int error;

	manifest_path(&x->digest, "", path);
	manifest_path(&x->digest, ".about", about_path);
	if (!repository_has(x->registry, x->repository, path))
		return -ENOENT;
	error = repository_list(x->registry, x->repository, "_tags", untag, &t);
	if (error < 0)
		return error;
	if (read_about(x, &about) < 0)
		about.subject[0] = '\0';
	error = repository_remove(x->registry, x->repository, path);
	if (error == 0)
		(void)repository_remove(x->registry, x->repository, about_path);
	if (error == 0 && about.subject[0]) {
		(void)snprintf(entry, sizeof(entry), "_referrers/%s/%s", about.subject, x->digest.text);
		(void)repository_remove(x->registry, x->repository, entry);
	}
	return error;
}

void manifest_delete_work(struct exchange *x)
{
	autofd int lock = -EBADF;
	struct err e = ERR_INIT;
	int error = 0;

	if (repository_exists(x->registry, x->repository))
		lock = repository_lock(x->registry, x->repository);
	if (lock == -EBADF)
		error = -ENOENT;
	else if (lock < 0)
		error = lock;
	else if (strchr(x->target, ':'))
		error = remove_manifest(x);
	else
		error = tag_remove(x->registry, x->repository, x->target);
	if (error == -ENOENT) {
		outcome_refuse(x, MANIFEST_UNKNOWN, "repository '%s' has no manifest '%.200s'", x->repository, x->target);
	} else if (error < 0) {
		(void)err_sys(&e, -error, "remove manifest '%.200s'", x->target);
		outcome_failed(x, &e);
	}
}

void manifest_delete_finish(struct exchange *x)
{
	if (!outcome_is_refusal(x))
		answer_set(x, 202);
}
