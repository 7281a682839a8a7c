/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A registry's documents are held to what they are used for: descriptors have a digest and a size, a manifest has layers
 * and a config and no manifests, an index the reverse. One text must not be two documents (CVE-2021-41190).
 */

#include "oci/manifest.h"

#include <string.h>

#define DESCRIPTOR(name, member, kind, ...) DECODE_ROW(struct oci_descriptor, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(descriptor_table, struct oci_descriptor,
	DESCRIPTOR("mediaType", media_type, DECODE_STRING),
	DESCRIPTOR("digest", digest, DECODE_STRING, .flags = DECODE_REQUIRED),
	DESCRIPTOR("size", size, DECODE_U64, .flags = DECODE_REQUIRED),
	DESCRIPTOR("platform", platform, DECODE_OBJECT, .table = &oci_platform_table),
	DESCRIPTOR("annotations", annotations, DECODE_STRMAP),
);

DECODE_TABLE(oci_manifest_table, struct oci_manifest,
	DECODE_ROW(struct oci_manifest, "schemaVersion", schema_version, DECODE_U32, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct oci_manifest, "mediaType", media_type, DECODE_STRING),
	DECODE_ROW(struct oci_manifest, "config", config, DECODE_OBJECT, .flags = DECODE_REQUIRED,
		   .table = &descriptor_table),
	DECODE_ROW(struct oci_manifest, "layers", layers, DECODE_ARRAY, .flags = DECODE_REQUIRED,
		   .table = &descriptor_table),
);

DECODE_TABLE(oci_index_table, struct oci_index,
	DECODE_ROW(struct oci_index, "schemaVersion", schema_version, DECODE_U32, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct oci_index, "mediaType", media_type, DECODE_STRING),
	DECODE_ROW(struct oci_index, "manifests", manifests, DECODE_ARRAY, .flags = DECODE_REQUIRED,
		   .table = &descriptor_table),
);

int oci_manifest_kind(const char *text, size_t len, struct err *e)
{
	autojson struct json *root = NULL;
	bool index, manifest;

	if (json_parse(text, len, &root, e) < 0)
		return -1;
	index = json_get(root, "manifests");
	manifest = json_get(root, "layers") || json_get(root, "config") || json_get(root, "fsLayers");
	if (index == manifest)
		return err_set(e, ERR_INVALID, "the document is %s", index ? "a manifest and an index at once" :
									     "neither a manifest nor an index");
	return index;
}

static int check_version(uint32_t version, struct err *e)
{
	return version == 2 ? 0 : err_set(e, ERR_UNSUPPORTED, "schemaVersion %u is not supported", version);
}

int oci_manifest_parse(const char *text, size_t len, struct oci_manifest *ret, struct err *e)
{
	struct oci_manifest m;
	int kind = oci_manifest_kind(text, len, e);

	if (kind != 0)
		return kind < 0 ? -1 : err_set(e, ERR_INVALID, "an index where a manifest is wanted");
	if (decode_text(&oci_manifest_table, text, len, &m, e) < 0)
		return -1;
	if (check_version(m.schema_version, e) < 0) {
		decode_done(&oci_manifest_table, &m);
		return -1;
	}
	*ret = m;
	return 0;
}

int oci_index_parse(const char *text, size_t len, struct oci_index *ret, struct err *e)
{
	struct oci_index index;
	int kind = oci_manifest_kind(text, len, e);

	if (kind != 1)
		return kind < 0 ? -1 : err_set(e, ERR_INVALID, "a manifest where an index is wanted");
	if (decode_text(&oci_index_table, text, len, &index, e) < 0)
		return -1;
	if (check_version(index.schema_version, e) < 0) {
		decode_done(&oci_index_table, &index);
		return -1;
	}
	*ret = index;
	return 0;
}
