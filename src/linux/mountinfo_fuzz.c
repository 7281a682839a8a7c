/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as /proc/PID/mountinfo: lines are found in order, and a path never grows when its escapes are read. No text stands
 * for our own, of which every line is a mount.
 */

#include "linux/mountinfo.h"

#include "base/fuzz.h"
#include "base/str.h"

static void read_ours(void)
{
	autostr struct str text = STR_INIT;
	char *cursor, *line;
	struct mountinfo mount;
	size_t left = 0;

	if (mountinfo_read(&text) < 0)
		abort();
	for (line = text.data; (line = strchr(line, '\n')); line++)
		left++;
	for (cursor = text.data; mountinfo_next(&cursor, &mount); left--)
		if (mount.path[0] != '/')
			abort();
	if (left != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size), *path = fuzz_text(data, size);
	char *cursor = text, *end = text + strlen(text);
	size_t len = strlen(path);
	struct mountinfo line;

	if (size == 0)
		read_ours();
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
