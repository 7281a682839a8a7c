/* SPDX-License-Identifier: Apache-2.0 */

/* A registry's documents: an accepted text is exactly one kind of document. */

#include <stdint.h>

#include "oci/image_config.h"
#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct oci_manifest manifest;
	struct oci_index index;
	struct oci_image_config config;
	bool is_manifest = oci_manifest_parse(text, size, &manifest, NULL) == 0;
	bool is_index = oci_index_parse(text, size, &index, NULL) == 0;

	if (is_manifest && is_index)
		abort();
	if (is_manifest)
		decode_done(&oci_manifest_table, &manifest);
	if (is_index)
		decode_done(&oci_index_table, &index);
	if (oci_image_config_parse(text, size, &config, NULL) == 0)
		decode_done(&oci_image_config_table, &config);
	return 0;
}
