/* SPDX-License-Identifier: Apache-2.0 */

/* The index of the manifests whose subject a digest is, generated from their records. An entry whose manifest is not there
 * was left by a push or a removal that did not come to its end, and is not listed. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/own.h"
#include "oci/manifest.h"
#include "registry/about.h"
#include "registry/exchange.h"

enum { RECORD_MAX = 32 << 20 };

struct listing {
	struct exchange *x;
	struct str filter; /* the wanted artifact type as a JSON string; empty: all */
	char directory[REPOSITORY_PATH];
	bool started;
};

void referrers_get_begin(struct exchange *x)
{
	struct err e = ERR_INIT;

	if (exchange_digest(x) && upload_unnamed(x->registry, &x->upload, &e) < 0)
		answer_failed(x, &e);
}

/* The wanted artifact type: false when there is none. */
static bool filter_of(const struct exchange *x, struct str *to)
{
	char type[512];
	int n = http1_parameter(x->request, "artifactType", 0, type, sizeof(type));

	if (n > 0)
		json_quote(to, type, (size_t)n);
	return n > 0;
}

static int add_record(struct listing *l, const struct str *record)
{
	struct about about;
	size_t len;

	if (about_parse(record->data, record->len, &about) < 0)
		return 0;
	if (l->filter.len &&
	    (l->filter.len != about.artifact_type_len || memcmp(l->filter.data, about.artifact_type, l->filter.len) != 0))
		return 0;
	len = record->len - about.descriptor;
	len -= len && record->data[record->len - 1] == '\n';
	if (l->started && upload_write(&l->x->upload, ",", 1) < 0)
		return -EIO;
	l->started = true;
	return upload_write(&l->x->upload, record->data + about.descriptor, len);
}

static int add_referrer(const char *name, void *arg)
{
	struct listing *l = arg;
	char path[REPOSITORY_PATH];
	autostr struct str record = STR_INIT;
	autofd int fd = -EBADF;
	struct digest digest;

	if (digest_parse(name, &digest) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "_manifests/%s", digest.path);
	if (!repository_has(l->x->registry, l->x->repository, path))
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)sizeof(l->directory) - DIGEST_TEXT - 2, l->directory, digest.text);
	fd = repository_open(l->x->registry, l->x->repository, path);
	if (fd < 0 || io_read_all(fd, RECORD_MAX, &record) < 0 || !record.len)
		return 0;
	return add_record(l, &record);
}

void referrers_get_work(struct exchange *x)
{
	static const char head[] = "{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_INDEX "\",\"manifests\":[", tail[] = "]}";
	struct listing l = { .x = x };
	struct err e = ERR_INIT;
	int error;

	(void)filter_of(x, &l.filter);
	(void)snprintf(l.directory, sizeof(l.directory), "_referrers/%s", x->digest.text);
	error = upload_write(&x->upload, head, sizeof(head) - 1);
	if (error == 0)
		error = repository_list(x->registry, x->repository, l.directory, add_referrer, &l);
	if (error == 0)
		error = upload_write(&x->upload, tail, sizeof(tail) - 1);
	str_done(&l.filter);
	x->outcome.size = x->upload.size;
	if (error < 0) {
		(void)err_sys(&e, -error, "list the referrers of '%s'", x->digest.text);
		outcome_failed(x, &e);
	}
}

void referrers_get_finish(struct exchange *x)
{
	autostr struct str filter = STR_INIT;

	if (outcome_is_refusal(x))
		return;
	answer_file(x, 200, take_fd(x->upload.fd), 0, x->outcome.size);
	answer_field(x, "Content-Type", "%s", OCI_TYPE_INDEX);
	if (filter_of(x, &filter))
		answer_field(x, "OCI-Filters-Applied", "artifactType");
}
