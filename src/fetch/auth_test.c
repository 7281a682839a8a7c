/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/auth.h"

#include <string.h>

#include "base/test.h"

static int parse(const char *text, struct auth_challenge *ret)
{
	struct err e = ERR_INIT;

	return auth_challenge_parse(text, strlen(text), ret, &e);
}

static void the_challenge_of_a_public_registry_is_understood(void **state)
{
	struct auth_challenge c;

	(void)state;
	assert_int_equal(parse("Bearer realm=\"https://auth.example/token\",service=\"registry.example\","
			       "scope=\"repository:library/alpine:pull\"", &c), 0);
	assert_string_equal(c.realm, "https://auth.example/token");
	assert_string_equal(c.service, "registry.example");
	assert_string_equal(c.scope, "repository:library/alpine:pull");
	auth_challenge_done(&c);
}

static void malformed_challenges_are_refused(void **state)
{
	static const char *const bad[] = {
		"Basic realm=\"x\"", "Bearer", "Bearer ", "Bearer realm", "Bearer realm=", "Bearer realm=\"x", "Bearer service=y",
		"Bearer realm=\"x\" service=y", "Bearer realm=x,realm=y", "Bearer realm=\"a\r\nb\"", "Bearer realm=\"\"",
		"Bearer realm=x,",
	};
	struct auth_challenge c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse(bad[i], &c) == 0)
			fail_msg("accepted: %s", bad[i]);
}

static void a_token_is_asked_over_https_or_of_the_plain_registry_itself(void **state)
{
	(void)state;
	assert_true(auth_realm_allowed("https://r.example", "https://auth.example/token"));
	assert_true(auth_realm_allowed("http://127.0.0.1:5000", "http://127.0.0.1:5000/token"));
	assert_false(auth_realm_allowed("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"));
	assert_false(auth_realm_allowed("https://r.example", "http://r.example/token"));
	assert_false(auth_realm_allowed("https://r.example", "file:///etc/passwd"));
	assert_false(auth_realm_allowed("http://r.example", "http://r.example@evil.example/token"));
}

static void a_login_goes_to_the_registry_and_to_what_belongs_to_it(void **state)
{
	static const struct { const char *registry, *typed, *realm; bool own; } cases[] = {
		{ "https://registry-1.docker.io", "docker.io", "https://auth.docker.io/token", true },
		{ "https://registry.gitlab.com", "registry.gitlab.com", "https://gitlab.com/jwt/auth", true },
		{ "https://registry.example.com", "registry.example.com", "https://auth.example.com/t", true },
		{ "https://quay.io", "quay.io", "https://quay.io/v2/auth", true },
		{ "http://127.0.0.1:5000", "127.0.0.1:5000", "http://127.0.0.1:5000/token", true },
		{ "https://quay.io", "quay.io", "https://evil.io/token", false },
		{ "https://quay.io", "quay.io", "https://notquay.io/token", false },
		{ "https://r.example.com", "r.example.com", "https://example.com.evil.net/token", false },
		{ "https://a.co.uk", "a.co.uk", "https://b.co.uk/token", false },
		{ "https://127.0.0.1:5000", "127.0.0.1:5000", "https://127.0.0.1:5001/token", false },
		{ "https://10.0.0.1", "10.0.0.1", "https://9.0.0.1/token", false },
		{ "https://r.example.com", "r.example.com", "http://r.example.com/token", false },
		{ "https://r.example.com", "r.example.com", "https://r.example.com@evil.net/token", false },
		{ "https://localhost:5000", "localhost:5000", "https://x.localhost/token", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (auth_realm_own(cases[i].registry, cases[i].typed, cases[i].realm) != cases[i].own)
			fail_msg("%s for %s", cases[i].realm, cases[i].typed);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	char origin[64];

	(void)state;
	assert_true(transport_origin("https://a.example:5000/v2/?x", origin, sizeof(origin)));
	assert_string_equal(origin, "https://a.example:5000");
	assert_false(transport_origin("https:///v2/", origin, sizeof(origin)));
	assert_false(transport_origin("ftp://a.example/", origin, sizeof(origin)));
	assert_false(transport_origin("http://user@a.example/", origin, sizeof(origin)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_challenge_of_a_public_registry_is_understood),
		cmocka_unit_test(malformed_challenges_are_refused),
		cmocka_unit_test(a_token_is_asked_over_https_or_of_the_plain_registry_itself),
		cmocka_unit_test(a_login_goes_to_the_registry_and_to_what_belongs_to_it),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
