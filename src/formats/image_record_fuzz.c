/* SPDX-License-Identifier: Apache-2.0 */

/* An accepted record prints to a text that parses again to the same text. */

#include <stdint.h>

#include "formats/image_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_record record, again;
	autostr struct str first = STR_INIT, second = STR_INIT;
	struct err e = ERR_INIT;

	if (image_record_parse((const char *)data, size, &record, &e) < 0)
		return 0;
	image_record_print(&record, &first);
	image_record_done(&record);
	if (image_record_parse(first.data, first.len, &again, &e) < 0)
		abort();
	image_record_print(&again, &second);
	image_record_done(&again);
	if (!str_eq(str_text(&first), str_text(&second)))
		abort();
	return 0;
}
