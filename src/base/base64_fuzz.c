/* SPDX-License-Identifier: Apache-2.0 */

/* What is accepted encodes to the very text again. */

#include "base/base64.h"
#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str bytes = STR_INIT, again = STR_INIT;

	if (base64_decode(&bytes, (const char *)data, size) < 0)
		return bytes.len ? (abort(), 0) : 0;
	base64_encode(&again, str_text(&bytes), bytes.len);
	if (again.len != size || (size && memcmp(again.data, data, size) != 0))
		abort();
	return 0;
}
