/* SPDX-License-Identifier: Apache-2.0 */

/* The text of an idmap= option, in a container whose ids are mapped in two pieces. */

#include "runtime/idmap.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct userns_extent pieces[] = { { 0, 100000, 1000 }, { 1000, 4294967000, 296 } };
	const struct userns_map map = { pieces, ARRAY_SIZE(pieces) };
	autofree char *text = fuzz_text(data, size);
	cleanup(idmap_done) struct idmap ids = { .uids = { .items = NULL } };
	struct err e = ERR_INIT;

	if (idmap_parse(text, &map, &map, &ids, &e) < 0)
		return e.code == ERR_INVALID ? 0 : (abort(), 0);
	if (ids.uids.n + ids.gids.n > size)
		abort();
	return 0;
}
