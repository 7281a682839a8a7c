/* SPDX-License-Identifier: Apache-2.0 */

/* What is accepted is JSON. */

#include "base/toml.h"

#include "base/fuzz.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str text = STR_INIT;
	autojson struct json *root = NULL;
	struct err e = ERR_INIT;

	if (toml_to_json((const char *)data, size, &text, &e) < 0)
		return 0;
	if (json_parse(str_text(&text), text.len, &root, &e) < 0 && !strstr(e.text, "level") && !strstr(e.text, "deep"))
		abort();
	return 0;
}
