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
	DESCRIPTOR("urls", urls, DECODE_STRV),
);

DECODE_TABLE(oci_manifest_table, struct oci_manifest,
	DECODE_ROW(struct oci_manifest, "schemaVersion", schema_version, DECODE_U32, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct oci_manifest, "mediaType", media_type, DECODE_STRING),
	DECODE_ROW(struct oci_manifest, "artifactType", artifact_type, DECODE_STRING),
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

#define OCI_FOREIGN "application/vnd.oci.image.layer.nondistributable.v1.tar"
#define DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar"
#define DOCKER_FOREIGN "application/vnd.docker.image.rootfs.foreign.diff.tar"

static const struct {
	const char *type;
	enum oci_layer_kind kind;
	bool foreign;
} layer_types[] = {
	{ OCI_TYPE_LAYER, OCI_LAYER_PLAIN, false },	 { OCI_TYPE_LAYER "+gzip", OCI_LAYER_GZIP, false },
	{ OCI_TYPE_LAYER "+zstd", OCI_LAYER_ZSTD, false }, { OCI_FOREIGN, OCI_LAYER_PLAIN, true },
	{ OCI_FOREIGN "+gzip", OCI_LAYER_GZIP, true },	 { OCI_FOREIGN "+zstd", OCI_LAYER_ZSTD, true },
	{ DOCKER_LAYER, OCI_LAYER_PLAIN, false },	 { DOCKER_LAYER ".gzip", OCI_LAYER_GZIP, false },
	{ DOCKER_LAYER ".zstd", OCI_LAYER_ZSTD, false },	 { DOCKER_FOREIGN, OCI_LAYER_PLAIN, true },
	{ DOCKER_FOREIGN ".gzip", OCI_LAYER_GZIP, true }, { DOCKER_FOREIGN ".zstd", OCI_LAYER_ZSTD, true },
};

enum oci_layer_kind oci_layer_kind(const char *media_type, bool *ret_foreign)
{
	*ret_foreign = false;
	if (!media_type || !media_type[0])
		return OCI_LAYER_ANY;
	for (size_t i = 0; i < ARRAY_SIZE(layer_types); i++)
		if (str_eq(media_type, layer_types[i].type)) {
			*ret_foreign = layer_types[i].foreign;
			return layer_types[i].kind;
		}
	return str_ends(media_type, "+encrypted") ? OCI_LAYER_ENCRYPTED : OCI_LAYER_UNKNOWN;
}

bool oci_is_image_config(const char *media_type)
{
	return !media_type || !media_type[0] || str_eq(media_type, OCI_TYPE_CONFIG) || str_eq(media_type, DOCKER_TYPE_CONFIG);
}

int oci_document_check(const char *text, size_t len, struct err *e)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == ',' || text[i] == '[' || text[i] == '{') && ++n > OCI_VALUES)
			return err_set(e, ERR_INVALID, "more than %d values", OCI_VALUES);
	}
	return 0;
}

int oci_manifest_kind(const char *text, size_t len, struct err *e)
{
	autojson struct json *root = NULL;
	bool index, manifest;

	if (oci_document_check(text, len, e) < 0 || json_parse(text, len, &root, e) < 0)
		return -1;
	if (json_get(root, "fsLayers"))
		return err_set(e, ERR_UNSUPPORTED, "a manifest of schema 1, which registries have given up");
	index = json_get(root, "manifests");
	manifest = json_get(root, "layers") || json_get(root, "config");
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
