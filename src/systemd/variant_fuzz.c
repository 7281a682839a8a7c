/* SPDX-License-Identifier: Apache-2.0 */

/* Any text is a value or an error; what is a value has a signature that is one complete type. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "systemd/variant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str text = STR_INIT;
	autostrv struct strv words = STRV_INIT;

	str_add_bytes(&text, data, size);
	if (variant_parse(str_text(&text), &words, NULL) == 0)
		assert(words.n > 1 && variant_type_len(words.items[0]) == strlen(words.items[0]));
	return 0;
}
