/* SPDX-License-Identifier: Apache-2.0 */

/* config.json: whatever parses must be written and parsed again to the same text. The bytes as the path of a field, too. */

#include "oci/spec.h"

#include "base/fuzz.h"

static void print(const struct oci_spec *spec, struct str *to)
{
	struct json_writer w = { .out = to };

	for (int type = 0; type < OCI_NS_TYPES; type++)
		if (oci_spec_namespace(spec, (enum oci_namespace_type)type) && !oci_namespace_name((enum oci_namespace_type)type)[0])
			abort();
	(void)strmap_get(&spec->annotations, "key");
	encode(&oci_spec_table, spec, &w, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str first = STR_INIT, second = STR_INIT;
	autofree char *path = fuzz_text(data, size);
	struct oci_spec spec, again;
	struct err e = ERR_INIT;

	if (oci_spec_has(path) && (path[0] == '.' || path[0] == '{'))
		abort();
	if (oci_spec_parse((const char *)data, size, &spec, &e) < 0)
		return e.code == ERR_NONE ? abort(), 0 : 0;
	print(&spec, &first);
	oci_spec_done(&spec);
	if (oci_spec_parse(first.data, first.len, &again, &e) < 0)
		abort();
	print(&again, &second);
	oci_spec_done(&again);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
	return 0;
}
