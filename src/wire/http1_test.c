/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http1.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/test.h"

#define H "Host: r\r\n"

static int parse(const char *text, struct http1_request *r)
{
	size_t used = 0;

	return http1_parse(text, strlen(text), r, &used);
}

static int status(const char *text)
{
	struct http1_request r;

	return parse(text, &r);
}

static void a_request_is_taken_apart(void **state)
{
	static const char text[] = "PUT /v2/a%2Fb/blobs/x?digest=sha256%3Aff&n=1 HTTP/1.1\r\nHOST:r\r\nX-One:  two \t\r\n"
				   "Content-Length: 5\r\n\r\nhello";
	struct http1_request r;
	char to[64];
	size_t used;

	assert_int_equal(http1_parse(text, sizeof(text) - 1, &r, &used), 1);
	assert_int_equal(used, sizeof(text) - 1 - 5);
	assert_true(http1_is(r.method, "PUT"));
	assert_true(http1_is(r.path, "/v2/a%2Fb/blobs/x"));
	assert_int_equal(http1_decode(r.path, to, sizeof(to)), 15);
	assert_string_equal(to, "/v2/a/b/blobs/x");
	assert_int_equal(http1_parameter(&r, "digest", 0, to, sizeof(to)), 9);
	assert_string_equal(to, "sha256:ff");
	assert_int_equal(http1_parameter(&r, "digest", 1, to, sizeof(to)), -ENOENT);
	assert_true(http1_is(http1_field(&r, "x-one"), "two"));
	assert_null(http1_field(&r, "x-two").at);
	assert_int_equal(r.length, 5);
	assert_true(r.keep_alive);
}

static void a_head_may_come_byte_by_byte(void **state)
{
	static const char text[] = "GET http://r:5000/v2/ HTTP/1.1\r\n" H "Connection: x, Close\r\n\r\n";
	struct http1_request r;
	size_t used;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(http1_parse(text, n, &r, &used), 0);
	assert_int_equal(http1_parse(text, sizeof(text) - 1, &r, &used), 1);
	assert_true(http1_is(r.path, "/v2/"));
	assert_false(r.keep_alive);
}

static void what_two_readers_could_read_differently_is_refused(void **state)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\n" H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length: 1,1\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Content-Length : 1\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "A: b\r\n folded\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "A: b\nC: d\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n",
		"GET / HTTP/1.1\n" H "\r\n",
		"GET / HTTP/1.1\r\n" H H "\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET  / HTTP/1.1\r\n" H "\r\n",
		"GET /\x01 HTTP/1.1\r\n" H "\r\n",
		"GET / HTTP/1.1 \r\n" H "\r\n",
		"G(T / HTTP/1.1\r\n" H "\r\n",
		"GET x HTTP/1.1\r\n" H "\r\n",
		"GET / http/1.1\r\n" H "\r\n",
		"GET / HTTP/1.1\r\n" H ": b\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "A\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "A: \x7f\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (status(bad[i]) != -400)
			fail_msg("%d: %s", status(bad[i]), bad[i]);
	assert_int_equal(status("GET / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n"), -501);
	assert_int_equal(status("GET / HTTP/2.0\r\n" H "\r\n"), -505);
	assert_int_equal(status("GET / HTTP/1.1\r\n" H "Expect: more\r\n\r\n"), -417);
}

static void heads_are_bounded(void **state)
{
	autofree char *text = malloc(2 * HTTP1_HEAD_MAX);
	size_t used, n = strlen("GET / HTTP/1.1\r\n");
	struct http1_request r;

	memset(text, 'a', 2 * HTTP1_HEAD_MAX);
	memcpy(text, "GET /", 5);
	assert_int_equal(http1_parse(text, 2 * HTTP1_HEAD_MAX, &r, &used), -414);
	memcpy(text + 5, " HTTP/1.1\r\nA: ", 14);
	assert_int_equal(http1_parse(text, HTTP1_HEAD_MAX - 1, &r, &used), 0);
	assert_int_equal(http1_parse(text, 2 * HTTP1_HEAD_MAX, &r, &used), -431);
	memcpy(text, "GET / HTTP/1.1\r\n", n);
	for (size_t i = 0; i <= HTTP1_FIELDS; i++, n += 5)
		memcpy(text + n, "A:b\r\n", 5);
	assert_int_equal(http1_parse(text, n, &r, &used), -431);
}

/* Feeds `text` in pieces of `step` bytes; the data, or NULL for a refusal. */
static char *body(const struct http1_request *r, const char *text, size_t step, bool *ret_done)
{
	struct http1_body b = http1_body_of(r);
	char *data = calloc(1, strlen(text) + 1);
	size_t at = 0, len = strlen(text);

	while (at < len && !http1_body_is_done(&b)) {
		size_t used, n = len - at < step ? len - at : step;
		struct http1_slice piece;

		if (http1_body_read(&b, text + at, n, &used, &piece) < 0) {
			free(data);
			return NULL;
		}
		if (piece.len)
			strncat(data, piece.at, piece.len);
		at += used;
	}
	*ret_done = http1_body_is_done(&b);
	return data;
}

static void chunks_may_be_cut_anywhere(void **state)
{
	static const char text[] = "5;a=b\r\nhello\r\n00000b \r\n, big world\r\n0\r\nX: y\r\nZ: \r\n\r\nGET /";
	const struct http1_request r = { .chunked = true };

	for (size_t step = 1; step < sizeof(text); step++) {
		bool done = false;
		autofree char *data = body(&r, text, step, &done);

		assert_non_null(data);
		assert_string_equal(data, "hello, big world");
		assert_true(done);
	}
}

static void a_length_ends_where_it_says(void **state)
{
	const struct http1_request five = { .length = 5 }, none = { .length = 0 };
	struct http1_body nothing = http1_body_of(&none);
	bool done = false;
	autofree char *data = body(&five, "helloGET", 2, &done);
	autofree char *part = NULL;

	assert_string_equal(data, "hello");
	assert_true(done);
	part = body(&five, "hel", 2, &done);
	assert_string_equal(part, "hel");
	assert_false(done);
	assert_true(http1_body_is_done(&nothing));
}

static void chunks_that_lie_are_refused(void **state)
{
	static const char *const bad[] = {
		"\r\n", "g\r\n", "-1\r\n", "0x5\r\n", "5\nhello", "5\rhello", "5\r\nhello5\r\n", "5\r\nhello\n", "fffffffffffffffff\r\n",
		"0\r\n\n", "0\r\nA\x01\r\n", "0\r\n :\r\n", "5;\x01\r\n", "5\r\nhello\rx", "0\r\nA: b\rx", "0\r\n\rx",
	};
	const struct http1_request r = { .chunked = true };
	char *longest = calloc(1, 8192);
	bool done = false;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (body(&r, bad[i], 3, &done))
			fail_msg("accepted: %s", bad[i]);
	memset(longest, 'a', 8000);
	memcpy(longest, "5;", 2);
	assert_null(body(&r, longest, 4096, &done));
	memcpy(longest, "0\r\n", 3);
	assert_null(body(&r, longest, 4096, &done));
	free(longest);
}

static void targets_are_decoded_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = { "%", "%1", "%zz", "%00", "abcdefgh" };
	char to[8];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(http1_decode((struct http1_slice){ bad[i], strlen(bad[i]) }, to, sizeof(to)), -400);
	assert_int_equal(http1_decode((struct http1_slice){ "%41%62", 6 }, to, sizeof(to)), 2);
	assert_string_equal(to, "Ab");
	assert_string_equal(http1_reason(416), "Range Not Satisfiable");
	assert_string_equal(http1_reason(299), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(a_head_may_come_byte_by_byte),
		cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
		cmocka_unit_test(heads_are_bounded),
		cmocka_unit_test(chunks_may_be_cut_anywhere),
		cmocka_unit_test(a_length_ends_where_it_says),
		cmocka_unit_test(chunks_that_lie_are_refused),
		cmocka_unit_test(targets_are_decoded_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
