/* SPDX-License-Identifier: Apache-2.0 */

/* A set that was read, written number by number, is read again as the same set. */

#include "base/bitlist.h"

#include <errno.h>

#include "base/fuzz.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autostr struct str written = STR_INIT;
	struct bitlist list, again;
	int r = bitlist_parse(text, &list);

	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? 0 : (abort(), 0);
	for (unsigned i = 0; i < BITLIST_BITS; i++)
		if (list.words[i / 64] >> i % 64 & 1)
			str_addf(&written, "%s%u", written.len ? "," : "", i);
	if (bitlist_parse(str_text(&written), &again) < 0 || memcmp(&list, &again, sizeof(list)) != 0 ||
	    bitlist_empty(&list) != (written.len == 0))
		abort();
	return 0;
}
