/* SPDX-License-Identifier: Apache-2.0 */

/* What is read and printed reads as the same again, and prints as the same. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str first = STR_INIT, second = STR_INIT;
	autojson struct json *json = NULL, *again = NULL;
	struct err e = ERR_INIT;

	if (json_parse((const char *)data, size, &json, &e) < 0)
		return e.code == ERR_NONE || json ? abort(), 0 : 0;
	json_print(json, &first);
	if (json_parse(str_text(&first), first.len, &again, &e) < 0)
		abort();
	json_print(again, &second);
	if (first.len != second.len || memcmp(str_text(&first), str_text(&second), first.len) != 0)
		abort();
	return 0;
}
