/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/config_options.h"

#include <string.h>

#include "base/test.h"

/* Parses `line` as the arguments of run; the configuration as JSON, or the error. */
static void parse(const char *line, struct str *out)
{
	autofree char *copy = strdup(line);
	struct config_options options = { .detach = false };
	struct json_writer w = { .out = out };
	char *argv[32], *save = NULL;
	struct err e = ERR_INIT;
	size_t argc = 0, n = 0;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	if (opt_parse(&config_options_of_run, argv, argc, &options, &n, &e) < 0 ||
	    config_options_finish(&options, argv, n, &e) < 0)
		str_add(out, e.text);
	else
		encode(&container_config_table, &options.config, &w, NULL);
	config_options_done(&options);
}

static void each_option_fills_its_field(void **state)
{
	static const struct { const char *line, *has; } cases[] = {
		{ "img", "\"image\":\"img\"" },
		{ "img ls -l", "\"args\":[\"ls\",\"-l\"]" },
		{ "--name x img", "\"name\":\"x\"" },
		{ "-e A=1 -e A=2 -eB= img", "\"env\":[\"A=2\",\"B=\"]" },
		{ "--entrypoint /a --entrypoint /b img", "\"entrypoint\":[\"/b\"]" },
		{ "-v /a:/b -v /c:/d:ro,rslave img", "\"options\":[\"ro\",\"rslave\"]" },
		{ "-m 1k img", "1024" },
		{ "--cpus .5 img", "500000000" },
		{ "--pids-limit -1 img", "-1" },
		{ "--cap-add A --cap-add B img", "[\"A\",\"B\"]" },
		{ "-l a=b img", "\"a\":\"b\"" },
		{ "--network host img", "\"host\"" },
		{ "--stop-signal usr1 img", "\"usr1\"" },
		{ "-w /w -u 1:2 -h name img", "\"1:2\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		parse(cases[i].line, &out);
		if (!strstr(str_text(&out), cases[i].has))
			fail_msg("'%s' gives %s, without %s", cases[i].line, str_text(&out), cases[i].has);
	}
}

static void what_has_no_effect_is_refused(void **state)
{
	static const struct { const char *line, *error; } cases[] = {
		{ "-v x img", "invalid argument \"x\" for \"-v, --volume\" flag: anonymous volumes are not there yet, give "
			      "SOURCE:TARGET" },
		{ "-v /a: img", "invalid argument \"/a:\" for \"-v, --volume\" flag: SOURCE:TARGET is wanted, neither empty" },
		{ "-v /a:b img",
		  "invalid argument \"/a:b\" for \"-v, --volume\" flag: the target 'b' is relative, an absolute path is wanted" },
		{ "--userns keep-id img",
		  "invalid argument \"keep-id\" for \"--userns\" flag: one of private, host is wanted" },
		{ "--network=x img", "invalid argument \"x\" for \"--network\" flag: one of none, host is wanted" },
		{ "--pull often img",
		  "invalid argument \"often\" for \"--pull\" flag: one of always, missing, never is wanted" },
		{ "-e =x img", "invalid argument \"=x\" for \"-e, --env\" flag: NAME or NAME=VALUE is wanted" },
		{ "--restart always img", "--restart is not there yet" },
		{ "-P img", "--publish-all is not there yet" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		parse(cases[i].line, &out);
		assert_string_equal(str_text(&out), cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_fills_its_field),
		cmocka_unit_test(what_has_no_effect_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
