/* SPDX-License-Identifier: Apache-2.0 */

/* An exit record that is accepted is the one that its own encoder writes. */

#include <string.h>

#include "formats/exit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[EXIT_RECORD_SIZE];
	struct exit_record record, second;
	struct err e = ERR_INIT;

	if (exit_record_decode(data, size, &record, &e) < 0)
		return 0;
	exit_record_encode(&record, again);
	if (exit_record_decode(again, sizeof(again), &second, &e) < 0 || second.code != record.code)
		abort();
	return 0;
}
