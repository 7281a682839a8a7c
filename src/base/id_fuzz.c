/* SPDX-License-Identifier: Apache-2.0 */

/* Ids and names: what is accepted is safe as a file's name, and every new id is one. */

#include "base/id.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	char id[ID_TEXT];

	if (id_is_whole(text) && (!id_is_prefix(text) || strlen(text) != ID_LEN))
		abort();
	if ((id_is_prefix(text) || id_is_name(text)) && (strchr(text, '/') || text[0] == '.' || !text[0]))
		abort();
	if (id_new(id) < 0 || !id_is_whole(id) || !id_is_name(id))
		abort();
	return 0;
}
