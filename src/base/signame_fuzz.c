/* SPDX-License-Identifier: Apache-2.0 */

/* What is accepted is one of the kernel's signals, and a refusal says so. */

#include "base/signame.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	struct err e = ERR_INIT;
	int number = 0;

	if (signame_parse(text, &number, &e) < 0 ? e.code != ERR_INVALID : number < 1 || number > 64)
		abort();
	return 0;
}
