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

static void what_a_layer_is_stands_in_its_media_type(void **state)
{
	static const struct { const char *type; enum oci_layer_kind kind; bool foreign; } cases[] = {
		{ NULL, OCI_LAYER_ANY, false },
		{ "application/vnd.oci.image.layer.v1.tar", OCI_LAYER_PLAIN, false },
		{ "application/vnd.oci.image.layer.v1.tar+zstd", OCI_LAYER_ZSTD, false },
		{ "application/vnd.docker.image.rootfs.diff.tar.gzip", OCI_LAYER_GZIP, false },
		{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", OCI_LAYER_GZIP, true },
		{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", OCI_LAYER_GZIP, true },
		{ "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", OCI_LAYER_ENCRYPTED, false },
		{ "text/plain", OCI_LAYER_UNKNOWN, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool foreign = !cases[i].foreign;

		assert_int_equal(oci_layer_kind(cases[i].type, &foreign), cases[i].kind);
		assert_int_equal(foreign, cases[i].foreign);
	}
}

static void a_document_of_too_many_values_is_refused_unread(void **state)
{
	autostr struct str text = STR_INIT;

	str_add(&text, "[\"");
	for (size_t i = 0; i < OCI_VALUES + 10; i++)
		str_add(&text, ",[{\\\"");
	str_add(&text, "\"");
	assert_int_equal(oci_document_check(text.data, text.len, NULL), 0);
	for (size_t i = 0; i < OCI_VALUES; i++)
		str_add(&text, ",0");
	assert_int_equal(oci_document_check(text.data, text.len, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_has_a_config_and_layers),
		cmocka_unit_test(one_text_is_never_two_documents),
		cmocka_unit_test(what_a_layer_is_stands_in_its_media_type),
		cmocka_unit_test(a_document_of_too_many_values_is_refused_unread),
		cmocka_unit_test(a_config_keeps_the_keys_of_its_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
