/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever the bytes are, a field lies within them, and every field that has bytes may be a message. */

#include <stddef.h>

#include "base/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct protobuf_reader reader, unsigned depth)
{
	struct protobuf_field field;

	while (protobuf_next(&reader, &field) > 0) {
		if (field.bytes && (field.bytes + field.len != reader.at || field.value != 0))
			abort();
		if (field.bytes && depth < 8)
			walk(protobuf_open(&field), depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	walk((struct protobuf_reader){ data, size }, 0);
	return 0;
}
