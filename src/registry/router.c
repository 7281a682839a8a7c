/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A repository's name may have slashes and the words of the API in it ("a/tags/list/b"), so paths are read from their end:
 * the row whose last components fit, the name is what stands before them. Rows with more components come first.
 */

#include "registry/router.h"

#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "oci/ref.h"

static void base_get_begin(struct exchange *x)
{
	str_add(&x->answer.text, "{}");
	answer_field(x, "Content-Type", "application/json");
	answer_set(x, 200);
}

static const struct route routes[] = {
	{ "GET",    "/v2/",			base_get_begin },
	{ "HEAD",   "/v2/",			base_get_begin },
	{ "POST",   "/v2/@/blobs/uploads/",	upload_post_begin, upload_post_end, upload_work, upload_finish },
	{ "GET",    "/v2/@/blobs/uploads/*",	upload_get_begin },
	{ "PATCH",  "/v2/@/blobs/uploads/*",	upload_patch_begin, upload_patch_end },
	{ "PUT",    "/v2/@/blobs/uploads/*",	upload_put_begin, NULL, upload_work, upload_finish },
	{ "DELETE", "/v2/@/blobs/uploads/*",	upload_delete_begin },
	{ "GET",    "/v2/@/blobs/*",		blob_get_begin },
	{ "HEAD",   "/v2/@/blobs/*",		blob_get_begin },
	{ "DELETE", "/v2/@/blobs/*",		blob_delete_begin },
	{ "GET",    "/v2/@/manifests/*",	manifest_get_begin },
	{ "HEAD",   "/v2/@/manifests/*",	manifest_get_begin },
	{ "PUT",    "/v2/@/manifests/*",	manifest_put_begin, NULL, manifest_put_work, manifest_put_finish },
	{ "DELETE", "/v2/@/manifests/*",	manifest_delete_begin, NULL, manifest_delete_work, manifest_delete_finish },
	{ "GET",    "/v2/@/tags/list",		tags_get_begin, NULL, tags_get_work, tags_get_finish },
	{ "GET",    "/v2/@/referrers/*",	referrers_get_begin, NULL, referrers_get_work, referrers_get_finish },
};

/* The start of the last `n` components of text[0 .. len-1]. */
static size_t last_components(const char *text, size_t len, unsigned n)
{
	while (len > 0 && (text[len - 1] != '/' || --n))
		len--;
	return len;
}

static unsigned components(const char *text)
{
	unsigned n = 1;

	for (; *text; text++)
		n += *text == '/';
	return n;
}

/* One component of a pattern against one of the path; "*" takes it into x->target. */
static bool match_components(struct exchange *x, const char *pattern, const char *path)
{
	for (;;) {
		size_t p = strcspn(pattern, "/"), n = strcspn(path, "/");

		if (p == 1 && pattern[0] == '*') {
			if (n == 0 || n >= sizeof(x->target))
				return false;
			memcpy(x->target, path, n);
			x->target[n] = '\0';
		} else if (p != n || memcmp(pattern, path, n) != 0) {
			return false;
		}
		if (!pattern[p] || !path[n])
			return pattern[p] == path[n];
		pattern += p + 1;
		path += n + 1;
	}
}

static bool match(struct exchange *x, const char *pattern, const char *path, size_t *ret_name)
{
	static const char front[] = "/v2/@/";
	const char *rest = pattern + sizeof(front) - 1;
	size_t at;

	if (strncmp(pattern, front, sizeof(front) - 1) != 0)
		return str_eq(pattern, path) || (str_eq(path, "/v2") && str_eq(pattern, "/v2/"));
	at = last_components(path, strlen(path), components(rest));
	if (at <= sizeof("/v2/") || !match_components(x, rest, path + at))
		return false;
	*ret_name = at - sizeof("/v2/");
	return true;
}

static bool take_name(struct exchange *x, const char *name, size_t len)
{
	if (len > REPOSITORY_MAX || !oci_repository_valid(name, len)) {
		answer_refuse(x, NAME_INVALID, "'%.*s' is not a repository's name", len > 300 ? 300 : (int)len, name);
		return false;
	}
	memcpy(x->repository, name, len);
	x->repository[len] = '\0';
	return true;
}

static void refuse_method(struct exchange *x, const char *pattern)
{
	autostr struct str allowed = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		if (str_eq(routes[i].pattern, pattern))
			str_addf(&allowed, "%s%s", allowed.len ? ", " : "", routes[i].method);
	answer_refuse(x, UNSUPPORTED, "this is not done with what is at this path");
	answer_field(x, "Allow", "%s", str_text(&allowed));
}

void router_find(struct exchange *x)
{
	char path[HTTP1_TARGET_MAX + 1];
	const char *pattern = NULL;

	if (http1_decode(x->request->path, path, sizeof(path)) < 0) {
		answer_refuse(x, REQUEST_INVALID, "the path is malformed");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		const struct route *r = &routes[i];
		size_t name = 0;

		/* The first pattern that fits is the one, whatever the method: others only have fewer components. */
		if (pattern ? !str_eq(pattern, r->pattern) : !match(x, r->pattern, path, &name))
			continue;
		if (!pattern && name && !take_name(x, path + 4, name))
			return;
		pattern = r->pattern;
		if (http1_is(x->request->method, r->method)) {
			x->route = r;
			return;
		}
	}
	if (pattern)
		refuse_method(x, pattern);
	else
		answer_refuse_as(x, 404, UNKNOWN, "there is nothing at this path");
}
