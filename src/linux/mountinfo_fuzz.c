/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as /proc/PID/mountinfo: lines are found in order, and a path never grows when its escapes are read. */

#include "linux/mountinfo.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size), *path = fuzz_text(data, size);
	char *cursor = text, *end = text + strlen(text);
	size_t len = strlen(path);
	struct mountinfo line;

	while (mountinfo_next(&cursor, &line))
		if (line.path < text || line.path + strlen(line.path) > end)
			abort();
	if (cursor)
		abort();
	mountinfo_unescape(path);
	if (strlen(path) > len)
		abort();
	return 0;
}
