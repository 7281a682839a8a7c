/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image/name.h"

#include "base/test.h"

static void normalised_names_are_shown_as_people_type_them(void **state)
{
	static const struct { const char *name, *repository, *tag; } cases[] = {
		{ "docker.io/library/alpine:3.20", "alpine", "3.20" },
		{ "docker.io/grafana/grafana:latest", "grafana/grafana", "latest" },
		{ "localhost:5000/a/b:x", "localhost:5000/a/b", "x" },
		{ "localhost:5000/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
		  "localhost:5000/a/b", "<none>" },
		{ "quay.io/x:y", "quay.io/x", "y" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str repository = STR_INIT, tag = STR_INIT;

		name_split(cases[i].name, &repository, &tag);
		assert_string_equal(str_text(&repository), cases[i].repository);
		assert_string_equal(str_text(&tag), cases[i].tag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalised_names_are_shown_as_people_type_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
