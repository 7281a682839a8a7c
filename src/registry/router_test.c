/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/router.h"

#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/test.h"

/* Routes "METHOD PATH": what was found is in *x, whose answer is released. */
static int find(const char *method, const char *path, struct exchange *x)
{
	char text[2048];
	struct http1_request request;
	size_t used;
	int status;

	(void)snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: r\r\n\r\n", method, path);
	assert_int_equal(http1_parse(text, strlen(text), &request, &used), 1);
	*x = (struct exchange){ .request = &request, .upload = UPLOAD_INIT, .answer = { .file = -EBADF } };
	router_find(x);
	status = x->answer.status;
	exchange_done(x);
	x->request = NULL;
	return status;
}

static void a_path_is_read_from_its_end(void **state)
{
	static const struct { const char *method, *path, *pattern, *repository, *target; } rows[] = {
		{ "GET", "/v2/", "/v2/", "", "" },
		{ "GET", "/v2", "/v2/", "", "" },
		{ "GET", "/v2/a/manifests/latest", "/v2/@/manifests/*", "a", "latest" },
		{ "GET", "/v2/a/b/c/blobs/sha256%3Aff", "/v2/@/blobs/*", "a/b/c", "sha256:ff" },
		{ "POST", "/v2/a/blobs/uploads/", "/v2/@/blobs/uploads/", "a", "" },
		{ "PUT", "/v2/a/blobs/uploads/id", "/v2/@/blobs/uploads/*", "a", "id" },
		{ "GET", "/v2/a/tags/list", "/v2/@/tags/list", "a", "" },
		{ "GET", "/v2/tags/list/tags/list", "/v2/@/tags/list", "tags/list", "" },
		{ "GET", "/v2/blobs/uploads/manifests/x", "/v2/@/manifests/*", "blobs/uploads", "x" },
		{ "DELETE", "/v2/a/manifests/b/blobs/c", "/v2/@/blobs/*", "a/manifests/b", "c" },
		{ "GET", "/v2/a/referrers/x", "/v2/@/referrers/*", "a", "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct exchange x;

		if (find(rows[i].method, rows[i].path, &x) != 0)
			fail_msg("%s is not routed", rows[i].path);
		assert_string_equal(x.route->pattern, rows[i].pattern);
		assert_string_equal(x.route->method, rows[i].method);
		assert_string_equal(x.repository, rows[i].repository);
		assert_string_equal(x.target, rows[i].target);
	}
}

static void what_is_not_there_is_told_apart(void **state)
{
	static const struct { const char *method, *path; int status; } rows[] = {
		{ "GET", "/", 404 }, { "GET", "/v1/", 404 }, { "GET", "/v2/a", 404 }, { "GET", "/v2/manifests/x", 404 },
		{ "GET", "/v2//manifests/x", 404 }, { "GET", "/v2/a/manifests/", 404 }, { "GET", "/v2/A/manifests/x", 400 },
		{ "GET", "/v2/../manifests/x", 400 }, { "GET", "/v2/a//b/manifests/x", 400 }, { "GET", "/v2/a%00/manifests/x", 400 },
		{ "GET", "/v2/%zz", 400 }, { "PATCH", "/v2/a/manifests/x", 405 }, { "DELETE", "/v2/", 405 },
		{ "get", "/v2/", 405 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct exchange x;
		int status = find(rows[i].method, rows[i].path, &x);

		if (status != rows[i].status)
			fail_msg("%s %s: %d", rows[i].method, rows[i].path, status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_read_from_its_end),
		cmocka_unit_test(what_is_not_there_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
