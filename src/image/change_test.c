/* SPDX-License-Identifier: Apache-2.0 */
#include "image/change.h"

#include <string.h>

#include "base/test.h"

static void apply_all(const char *const *lines, size_t n, struct oci_image_config *config)
{
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		if (change_apply(lines[i], &config->config, &e) < 0)
			fail_msg("%s: %s", lines[i], e.text);
}

static void every_instruction_has_its_place(void **state)
{
	static const char *const lines[] = {
		"CMD [\"a\", \"b c\"]", "entrypoint run this --now", "ENV A=1 B=\"two words\" C=x\\ y", "ENV D the rest = of it",
		"ENV A=2", "EXPOSE 80 53/udp", "EXPOSE 80/tcp", "LABEL k=v 'l=m n'", "STOPSIGNAL SIGINT", "USER 1:2",
		"VOLUME [\"/a b\"]", "VOLUME /c /d", "WORKDIR /srv", "WORKDIR app",
	};
	static const char wanted[] =
		"{\"config\":{\"User\":\"1:2\",\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},"
		"\"Env\":[\"A=2\",\"B=two words\",\"C=x y\",\"D=the rest = of it\"],"
		"\"Entrypoint\":[\"/bin/sh\",\"-c\",\"run this --now\"],\"Cmd\":[\"a\",\"b c\"],"
		"\"Volumes\":{\"/a b\":{},\"/c\":{},\"/d\":{}},\"WorkingDir\":\"/srv/app\",\"Labels\":{\"k\":\"v\",\"l\":\"m n\"},"
		"\"StopSignal\":\"SIGINT\"}";
	struct oci_image_config config = { NULL };
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	apply_all(lines, ARRAY_SIZE(lines), &config);
	encode(&oci_image_config_table, &config, &w, NULL);
	if (!str_starts(str_text(&text), wanted))
		fail_msg("is %s", str_text(&text));
	decode_done(&oci_image_config_table, &config);
}

static void what_cannot_be_meant_is_refused_by_name(void **state)
{
	static const struct { const char *line, *error; } rows[] = {
		{ "MAINTAINER me", "MAINTAINER is not a valid change command" },
		{ "", " is not a valid change command" },
		{ "CMD", "CMD requires at least one argument" },
		{ "HEALTHCHECK NONE", "--change 'HEALTHCHECK' is not there yet" },
		{ "ENV A", "ENV 'A' has no value" },
		{ "ENV A=1 B", "ENV 'B': KEY=VALUE is wanted" },
		{ "ENV A=\"1", "a quote in 'A=\"1' has no end" },
		{ "EXPOSE 80/icmp", "EXPOSE '80/icmp': PORT or PORT/tcp, udp or sctp is wanted" },
		{ "EXPOSE 99999", "EXPOSE '99999': PORT or PORT/tcp, udp or sctp is wanted" },
		{ "VOLUME [\"\"]", "VOLUME: a path is wanted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_image_config config = { NULL };
		struct err e = ERR_INIT;

		assert_int_equal(change_apply(rows[i].line, &config.config, &e), -1);
		if (!str_eq(rows[i].error, e.text))
			fail_msg("'%s': '%s'", rows[i].line, e.text);
		decode_done(&oci_image_config_table, &config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_has_its_place),
		cmocka_unit_test(what_cannot_be_meant_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
