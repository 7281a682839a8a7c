/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a slot: an answer, no crash, and a name that ends. */

#include <string.h>

#include "formats/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t slot[STATUS_SLOT_SIZE] = { 0 };
	struct status status;

	memcpy(slot, data, size < sizeof(slot) ? size : sizeof(slot));
	if (status_slot_read(slot, &status) == 1 && strlen(status.id) > ID_LEN)
		abort();
	return 0;
}
