/* SPDX-License-Identifier: Apache-2.0 */
#include "image/policy.h"

#include <string.h>

#include "base/test.h"

static const char text[] =
	"{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{"
	"\"quay.io\":[{\"type\":\"insecureAcceptAnything\"}],\"quay.io/bad\":[{\"type\":\"reject\"}],"
	"\"quay.io/bad/good:1\":[{\"type\":\"insecureAcceptAnything\"}],\"127.0.0.1:5000\":[{\"type\":\"insecureAcceptAnything\"}],"
	"\"*.example.com\":[{\"type\":\"insecureAcceptAnything\"}],\"signed.io\":[{\"type\":\"signedBy\"}],\"broken.io\":[]}}}";

static int check(const char *reference, struct err *e)
{
	return policy_check_text(text, strlen(text), reference, e);
}

static void the_nearest_scope_counts(void **state)
{
	static const struct { const char *reference; int code; } cases[] = {
		{ "quay.io/x/y:z", ERR_NONE }, { "quay.io/bad/x:1", ERR_DENIED }, { "quay.io/bad/good:1", ERR_NONE },
		{ "quay.io/bad/good:2", ERR_DENIED }, { "quay.io/badly:1", ERR_NONE }, { "docker.io/library/a:b", ERR_DENIED },
		{ "127.0.0.1:5000/a:b", ERR_NONE }, { "127.0.0.1:5001/a:b", ERR_DENIED }, { "a.example.com/x:y", ERR_NONE },
		{ "signed.io/x:y", ERR_UNSUPPORTED }, { "broken.io/x:y", ERR_INVALID },
		{ "quay.io/bad/good:1@sha256:0000000000000000000000000000000000000000000000000000000000000000", ERR_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;

		(void)check(cases[i].reference, &e);
		if (e.code != cases[i].code)
			fail_msg("%s: %s", cases[i].reference, e.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_nearest_scope_counts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
