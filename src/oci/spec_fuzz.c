/* SPDX-License-Identifier: Apache-2.0 */

/* config.json: whatever parses must be written and parsed again to the same text. */

#include <string.h>

#include "oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct oci_spec *spec, struct str *to)
{
	struct json_writer w = { .out = to };

	encode(&oci_spec_table, spec, &w, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str first = STR_INIT, second = STR_INIT;
	struct oci_spec spec, again;
	struct err e = ERR_INIT;

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
