/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/ref.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "base/test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void names_have_one_normal_form_and_a_familiar_one(void **state)
{
	static const char *const rows[][3] = {
		{ "alpine", "docker.io/library/alpine:latest", "alpine:latest" },
		{ "alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20" },
		{ "docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine:latest" },
		{ "index.docker.io/u/app", "docker.io/u/app:latest", "u/app:latest" },
		{ "127.0.0.1:5000/a/b:c", "127.0.0.1:5000/a/b:c", "127.0.0.1:5000/a/b:c" },
		{ "localhost/x", "localhost/x:latest", "localhost/x:latest" },
		{ "[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest" },
		{ "a__b/c--d.e", "docker.io/a__b/c--d.e:latest", "a__b/c--d.e:latest" },
		{ "x@sha256:" HEX, "docker.io/library/x@sha256:" HEX, "x@sha256:" HEX },
		{ "x:t@sha256:" HEX, "docker.io/library/x:t@sha256:" HEX, "x:t@sha256:" HEX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_ref ref;
		struct err e = ERR_INIT;
		autofree char *normal = NULL, *familiar = NULL;

		if (oci_ref_parse(rows[i][0], &ref, &e) < 0)
			fail_msg("%s: %s", rows[i][0], e.text);
		normal = oci_ref_format(&ref);
		familiar = oci_ref_familiar(&ref);
		assert_string_equal(normal, rows[i][1]);
		assert_string_equal(familiar, rows[i][2]);
		oci_ref_done(&ref);
	}
}

static void what_is_no_reference_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "/", "a/", "/a", "a//b", "A", "a:", "a:.t", "a:t/b", "a..b", "a___b", "a._b", "-a", "a-", "a b", "a\n",
		"a@sha256:abc", "a@md5:" HEX, "x@", "host:/a", "host:123456/a", "../etc/passwd", "a/../b", HEX,
		"http://a/b", "[::1/x", "a.b:5000/", "a@sha256:" HEX "0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct oci_ref ref;
		struct err e = ERR_INIT;

		if (oci_ref_parse(bad[i], &ref, &e) == 0)
			fail_msg("accepted: '%s'", bad[i]);
		assert_true(str_starts(e.text, "invalid reference format"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_one_normal_form_and_a_familiar_one),
		cmocka_unit_test(what_is_no_reference_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
