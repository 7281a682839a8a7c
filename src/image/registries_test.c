/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registries.h"

#include <string.h>

#include "base/test.h"

static const char text[] =
	"unqualified-search-registries = ['r.example', 's.example']\n"
	"[aliases]\n'tool' = 'quay.io/team/tool'\n"
	"[[registry]]\nprefix = 'quay.io'\nlocation = 'mirror.test/quay'\n"
	"[[registry.mirror]]\nlocation = '127.0.0.1:5000/m'\npull-from-mirror = 'digest-only'\n"
	"[[registry]]\nprefix = 'quay.io/team'\nblocked = true\n"
	"[[registry]]\nprefix = '*.corp.example'\nlocation = 'corp.test'\n";

static void read_text(struct registries *r, const char *toml)
{
	struct err e = ERR_INIT;

	if (registries_read(r, toml, strlen(toml), &e) < 0)
		fail_msg("%s", e.text);
}

static void the_longest_prefix_counts(void **state)
{
	struct registries r = { .short_mode = NULL };
	autofree char *moved = NULL, *host = NULL;

	read_text(&r, text);
	assert_string_equal(registries_find(&r, "quay.io/x")->location, "mirror.test/quay");
	assert_true(registries_find(&r, "quay.io/team/tool")->blocked);
	assert_false(registries_find(&r, "quay.io/teams/x")->blocked);
	assert_null(registries_find(&r, "quay.iox/x"));
	assert_null(registries_find(&r, "corp.example/x"));
	moved = registries_moved(registries_find(&r, "quay.io/a/b"), "mirror.test/quay", "quay.io/a/b");
	assert_string_equal(moved, "mirror.test/quay/a/b");
	host = registries_moved(registries_find(&r, "a.corp.example/x"), "corp.test", "a.corp.example/x");
	assert_string_equal(host, "corp.test/x");
	registries_done(&r);
}

static void a_later_file_replaces_what_it_names(void **state)
{
	struct registries r = { .short_mode = NULL };

	read_text(&r, text);
	read_text(&r, "[[registry]]\nprefix = 'quay.io/team'\nlocation = 'free.test'\n[aliases]\ntool = 'x.test/t'\n");
	assert_false(registries_find(&r, "quay.io/team/x")->blocked);
	assert_string_equal(strmap_get(&r.aliases, "tool"), "x.test/t");
	assert_int_equal(r.search.n, 2);
	registries_done(&r);
}

static void short_names_are_aliases_or_ask(void **state)
{
	struct registries r = { .short_mode = NULL };
	char *name = NULL;
	struct err e = ERR_INIT;

	read_text(&r, text);
	assert_int_equal(registries_short(&r, "tool:1", &name, &e), 0);
	assert_string_equal(name, "quay.io/team/tool:1");
	free(name);
	name = NULL;
	assert_int_equal(registries_short(&r, "other", &name, &e), -1);
	assert_non_null(strstr(e.text, "r.example/other, s.example/other"));
	read_text(&r, "short-name-mode = 'permissive'");
	assert_int_equal(registries_short(&r, "other", &name, &e), 0);
	assert_string_equal(name, "r.example/other");
	free(name);
	name = NULL;
	assert_int_equal(registries_short(&r, "localhost/x", &name, &e), 0);
	assert_null(name);
	registries_done(&r);
}

static void what_is_meant_differently_is_refused(void **state)
{
	static const char *const bad[] = {
		"short-name-mode = 'perhaps'", "[[registry]]\ninsecure = true", "[[registry]]\nprefix='x'\n[[registry.mirror]]\ninsecure=true",
		"[[registry]]\nprefix='x'\n[[registry.mirror]]\nlocation='y'\npull-from-mirror='never'", "registry = 1", "aliases = ['x']",
	};
	struct registries r = { .short_mode = NULL };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (registries_read(&r, bad[i], strlen(bad[i]), NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
	registries_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_counts),
		cmocka_unit_test(a_later_file_replaces_what_it_names),
		cmocka_unit_test(short_names_are_aliases_or_ask),
		cmocka_unit_test(what_is_meant_differently_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
