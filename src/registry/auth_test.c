/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/auth.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "base/test.h"

/* "secret" at the least cost */
#define HASH "$2y$04$abcdefghijklmnopqrstuuN7mXmJ7U2Qw9rI6tD5c1pE0vKzS3aHy"

static void a_file_is_names_and_bcrypt_hashes(void **state)
{
	static const char text[] = "# users\n\nanna:" HASH "\r\nbert:" HASH;
	static const char *const bad[] = { "anna", ":" HASH, "anna:", "anna:secret", "anna:$apr1$x$y", "ok:" HASH "\nanna:$1$a$b" };
	struct htpasswd users;

	assert_int_equal(htpasswd_parse(text, sizeof(text) - 1, &users, NULL), 0);
	assert_int_equal(users.n, 2);
	assert_string_equal(users.items[1].name, "bert");
	assert_string_equal(users.items[0].hash, HASH);
	assert_false(htpasswd_check(&users, "anna", "wrong"));
	assert_false(htpasswd_check(&users, "carl", "wrong"));
	htpasswd_done(&users);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(htpasswd_parse(bad[i], strlen(bad[i]), &users, NULL), -1);
}

static int credentials(const char *field, char to[static CREDENTIALS_MAX])
{
	return auth_credentials((struct http1_slice){ field, strlen(field) }, to);
}

static void credentials_are_a_name_and_a_password(void **state)
{
	static const char *const bad[] = { "", "Basic", "Basic ", "Bearer YTpi", "Basic YTp", "Basic YTp!", "Basic YWI=", "Basic AA==",
					   "Basic YToAYg==", "Basic ====" };
	char to[CREDENTIALS_MAX], longest[CREDENTIALS_MAX + 16] = "Basic ";

	assert_int_equal(credentials("basic YTpi", to), 3);
	assert_string_equal(to, "a:b");
	assert_int_equal(credentials("Basic YTpiOmM=", to), 5);
	assert_string_equal(to, "a:b:c");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (credentials(bad[i], to) >= 0)
			fail_msg("accepted: %s", bad[i]);
	memset(longest + 6, 'a', CREDENTIALS_MAX);
	assert_true(credentials(longest, to) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_names_and_bcrypt_hashes),
		cmocka_unit_test(credentials_are_a_name_and_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
