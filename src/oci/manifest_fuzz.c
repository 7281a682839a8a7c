/* SPDX-License-Identifier: Apache-2.0 */

/* A registry's documents: an accepted text is exactly one kind of document. A configuration is written and read again. */

#include "base/fuzz.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

static void read_again(const struct oci_image_config *config)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };
	struct oci_image_config again;

	encode(&oci_image_config_table, config, &w, NULL);
	if (oci_image_config_parse(text.data, text.len, &again, NULL) < 0 ||
	    again.config.volumes.keys.n != config->config.volumes.keys.n)
		abort();
	decode_done(&oci_image_config_table, &again);
}

/* Any text as a media type: only what is a layer's can be foreign, and no layer is a configuration. */
static void name_type(const uint8_t *data, size_t size)
{
	autofree char *type = fuzz_text(data, size);
	bool foreign;
	enum oci_layer_kind kind = oci_layer_kind(type, &foreign);

	if (foreign && kind != OCI_LAYER_PLAIN && kind != OCI_LAYER_GZIP && kind != OCI_LAYER_ZSTD)
		abort();
	if (type[0] && kind != OCI_LAYER_UNKNOWN && oci_is_image_config(type))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct oci_manifest manifest;
	struct oci_index index;
	struct oci_image_config config;
	bool is_manifest = oci_manifest_parse(text, size, &manifest, NULL) == 0;
	bool is_index = oci_index_parse(text, size, &index, NULL) == 0;

	name_type(data, size);
	if (is_manifest && is_index)
		abort();
	if (is_manifest)
		decode_done(&oci_manifest_table, &manifest);
	if (is_index)
		decode_done(&oci_index_table, &index);
	if (oci_image_config_parse(text, size, &config, NULL) == 0) {
		read_again(&config);
		decode_done(&oci_image_config_table, &config);
	}
	return 0;
}
