/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/registry_config.h"

#include <string.h>

#include "base/test.h"

#define REST "\"root\":\"/r\",\"processes\":1,\"connections\":2,\"deadline\":3"

static int parse(const char *text, struct registry_config *ret, struct err *e)
{
	return registry_config_parse(text, strlen(text), ret, e);
}

static void what_is_printed_is_read_again(void **state)
{
	static const char text[] = "{\"version\":1,\"listen\":[\"127.0.0.1:0\"],\"root\":\"/r\",\"images\":\"/i\",\"htpasswd\":\"/h\","
				   "\"tlsCert\":\"/c\",\"tlsKey\":\"/k\",\"logLevel\":\"info\",\"processes\":1,\"connections\":2,"
				   "\"deadline\":3}";
	struct registry_config config;
	autostr struct str again = STR_INIT;

	assert_int_equal(parse(text, &config, NULL), 0);
	registry_config_print(&config, &again);
	assert_string_equal(again.data, text);
	registry_config_done(&config);
}

static void what_could_be_a_limit_is_not_ignored(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "{\"version\":2,\"listen\":[\"x\"]," REST "}", "version 2" },
		{ "{\"version\":1,\"listen\":[]," REST "}", "no address" },
		{ "{\"version\":1,\"listen\":[\"x\"],\"most\":1," REST "}", "most" },
		{ "{\"version\":1,\"listen\":[\"x\"],\"tlsKey\":\"/k\"," REST "}", "belong together" },
		{ "{\"version\":1,\"listen\":[\"x\"],\"root\":\"/\",\"processes\":0,\"connections\":1,\"deadline\":1}", "at least one" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct registry_config config;
		struct err e = ERR_INIT;

		assert_int_equal(parse(bad[i].text, &config, &e), -1);
		assert_non_null(strstr(e.text, bad[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(what_could_be_a_limit_is_not_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
