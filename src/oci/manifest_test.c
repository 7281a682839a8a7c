/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/manifest.h"

#include <string.h>

#include "base/test.h"
#include "oci/image_config.h"

#define D "{\"mediaType\":\"t\",\"digest\":\"sha256:x\",\"size\":3}"

static int manifest(const char *text, struct err *e)
{
	struct oci_manifest m;
	int r = oci_manifest_parse(text, strlen(text), &m, e);

	if (r == 0)
		decode_done(&oci_manifest_table, &m);
	return r;
}

static void a_manifest_has_a_config_and_layers(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(manifest("{\"schemaVersion\":2,\"config\":" D ",\"layers\":[" D "]}", &e), 0);
	assert_int_equal(manifest("{\"schemaVersion\":2,\"layers\":[" D "]}", &e), -1);
	assert_non_null(strstr(e.text, "config"));
	assert_int_equal(manifest("{\"schemaVersion\":1,\"config\":" D ",\"layers\":[]}", &e), -1);
	assert_int_equal(manifest("{\"schemaVersion\":2,\"config\":{\"digest\":\"x\"},\"layers\":[]}", &e), -1);
	assert_non_null(strstr(e.text, "config.size"));
	assert_int_equal(manifest("{\"schemaVersion\":2,\"config\":" D ",\"layers\":[{\"digest\":\"x\",\"size\":-1}]}", &e), -1);
	assert_non_null(strstr(e.text, "layers[0].size"));
}

static void one_text_is_never_two_documents(void **state)
{
	static const char both[] = "{\"schemaVersion\":2,\"config\":" D ",\"layers\":[],\"manifests\":[]}";
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(oci_manifest_kind(both, strlen(both), &e), -1);
	assert_int_equal(oci_manifest_kind("{}", 2, &e), -1);
	assert_int_equal(oci_manifest_kind("{\"manifests\":[]}", 16, &e), 1);
	assert_int_equal(oci_manifest_kind("{\"layers\":[]}", 13, &e), 0);
	assert_int_equal(oci_manifest_kind("[]", 2, &e), -1);
}

static void a_config_keeps_the_keys_of_its_sets(void **state)
{
	static const char text[] =
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":null,"
		"\"Cmd\":[\"sh\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:x\"]},\"history\":[{}]}";
	static const char wrong[] = "{\"config\":{\"Env\":\"A=b\"},\"rootfs\":{}}";
	struct oci_image_config c;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(oci_image_config_parse(text, strlen(text), &c, &e), 0);
	assert_int_equal(c.config.exposed_ports.keys.n, 1);
	assert_string_equal(c.config.exposed_ports.keys.items[0], "80/tcp");
	assert_string_equal(c.config.cmd.items[0], "sh");
	decode_done(&oci_image_config_table, &c);
	assert_int_equal(oci_image_config_parse(wrong, strlen(wrong), &c, &e), -1);
	assert_non_null(strstr(e.text, "config.Env"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_has_a_config_and_layers),
		cmocka_unit_test(one_text_is_never_two_documents),
		cmocka_unit_test(a_config_keeps_the_keys_of_its_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
