/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/document.h"

#include <string.h>

#include "base/test.h"
#include "oci/manifest.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D(type) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":3}"
#define IMAGE "\"schemaVersion\":2,\"config\":" D("c") ",\"layers\":[" D("l") "]"

static int parse(const char *text, const char *type, struct document *d, struct err *e)
{
	return document_parse(text, strlen(text), type, d, e);
}

static void a_manifest_says_what_it_refers_to(void **state)
{
	static const char text[] = "{" IMAGE ",\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"subject\":" D("s")
				   ",\"artifactType\":\"a\",\"annotations\":{\"k\":\"v\"},\"more\":1}";
	struct document d;

	assert_int_equal(parse(text, OCI_TYPE_MANIFEST, &d, NULL), 0);
	assert_false(d.is_index);
	assert_string_equal(d.artifact_type, "a");
	assert_string_equal(d.subject.digest, "sha256:" HEX);
	assert_string_equal(d.layers.items[0].media_type, "l");
	assert_string_equal(strmap_get(&d.annotations, "k"), "v");
	document_done(&d);
}

static void what_is_not_said_is_known_all_the_same(void **state)
{
	struct document d;

	assert_int_equal(parse("{" IMAGE "}", "", &d, NULL), 0);
	assert_string_equal(d.media_type, OCI_TYPE_MANIFEST);
	assert_string_equal(d.artifact_type, "c");
	document_done(&d);
	assert_int_equal(parse("{" IMAGE ",\"artifactType\":\"\"}", DOCKER_TYPE_MANIFEST, &d, NULL), 0);
	assert_string_equal(d.media_type, DOCKER_TYPE_MANIFEST);
	assert_string_equal(d.artifact_type, "c");
	document_done(&d);
	assert_int_equal(parse("{\"schemaVersion\":2,\"manifests\":[]}", "application/json", &d, NULL), 0);
	assert_string_equal(d.media_type, OCI_TYPE_INDEX);
	assert_null(d.artifact_type);
	document_done(&d);
}

static void a_document_has_one_meaning(void **state)
{
	static const struct { const char *text, *type, *says; } bad[] = {
		{ "{" IMAGE ",\"manifests\":[]}", "", "manifest and an index" },
		{ "{" IMAGE "}", OCI_TYPE_INDEX, "'layers'" },
		{ "{\"schemaVersion\":2,\"manifests\":[]}", DOCKER_TYPE_MANIFEST, "'manifests'" },
		{ "{" IMAGE ",\"mediaType\":\"" DOCKER_TYPE_MANIFEST "\"}", OCI_TYPE_MANIFEST, "it was sent as" },
		{ "{" IMAGE "}", "text/plain", "'text/plain' is not supported" },
		{ "{\"schemaVersion\":1,\"config\":" D("c") ",\"layers\":[]}", "", "schemaVersion 1" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", "", "no config" },
		{ "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:../../x\",\"size\":1},\"layers\":[]}", "", "the config" },
		{ "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"md5:0\",\"size\":1}]}", "", "'manifests'" },
		{ "{" IMAGE ",\"subject\":{\"digest\":\"x\",\"size\":1}}", "", "the subject" },
		{ "[]", "", "" },
		{ "", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct document d;
		struct err e = ERR_INIT;

		if (parse(bad[i].text, bad[i].type, &d, &e) == 0 || !strstr(e.text, bad[i].says))
			fail_msg("%s: '%s'", bad[i].text, e.text);
	}
}

static void a_document_is_bounded(void **state)
{
	autofree char *text = malloc(DOCUMENT_MAX + 2);
	struct document d;
	struct err e = ERR_INIT;

	memset(text, ',', DOCUMENT_MAX + 1);
	assert_int_equal(document_parse(text, DOCUMENT_MAX + 1, "", &d, &e), -1);
	assert_int_equal(e.code, ERR_EXHAUSTED);
	assert_int_equal(document_parse(text, DOCUMENT_VALUES + 1, "", &d, &e), -1);
	assert_non_null(strstr(e.text, "values"));
}

static void only_layers_with_urls_are_foreign(void **state)
{
	char url[] = "u", *urls[] = { url, NULL }, foreign[] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
	struct document_reference layer = { .media_type = foreign, .urls = { urls, 1 } };

	assert_true(document_is_foreign(&layer));
	layer.urls.n = 0;
	assert_false(document_is_foreign(&layer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_says_what_it_refers_to),
		cmocka_unit_test(what_is_not_said_is_known_all_the_same),
		cmocka_unit_test(a_document_has_one_meaning),
		cmocka_unit_test(a_document_is_bounded),
		cmocka_unit_test(only_layers_with_urls_are_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
