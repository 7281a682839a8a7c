/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as a map; each id that it maps lies in one of its extents. */

#include "linux/userns.h"

#include "base/fuzz.h"

static bool has(const struct userns_map *map, uint32_t inside, uint32_t outside)
{
	for (size_t i = 0; i < map->n; i++)
		if (inside - map->extents[i].inside < map->extents[i].size &&
		    outside - map->extents[i].outside == inside - map->extents[i].inside)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t ids[] = { 0, 1, 1000, 65535, 65536, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX };
	autofree char *text = fuzz_text(data, size);
	struct userns_map map = { .n = 0 };
	uint32_t outside;

	if (userns_parse_map(text, &map) < 0)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (userns_outside(&map, ids[i], &outside) && !has(&map, ids[i], outside))
			abort();
	if (!userns_same_map(&map, &map))
		abort();
	free((void *)(uintptr_t)map.extents);
	return 0;
}
