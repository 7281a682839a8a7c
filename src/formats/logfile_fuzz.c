/* SPDX-License-Identifier: Apache-2.0 */

/* Any text becomes a line that decodes; any line either decodes or is an error. */

#include <string.h>

#include "formats/logfile.h"
#include "base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str text = STR_INIT;
	autofree char *line = NULL;
	struct logfile_index index;
	struct err e = ERR_INIT;
	int64_t time;
	int stream;
	size_t n;

	(void)logfile_decode((const char *)data, size, &text, &stream, &time, &e);
	if (size >= LOGFILE_INDEX_SIZE)
		(void)logfile_index_decode(data, &index);
	if (size > LOGFILE_PIECE)
		return 0;
	line = malloc(6 * size + 128);
	if (!line)
		return 0;
	n = logfile_text((const char *)data, size, true, line);
	n += logfile_tail(1, 1700000000000000001, line + n);
	str_clear(&text);
	if (logfile_decode(line, n - 1, &text, &stream, &time, &e) < 0 || time != 1700000000000000001 || text.len < size)
		abort();
	return 0;
}
