/* SPDX-License-Identifier: Apache-2.0 */

/* The first line is what is wanted, or a group's name, the rest what a group has. Every schema agrees with itself. */

#include "linux/rdt.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	char *rest = strchr(text, '\n');

	if (rest)
		*rest++ = '\0';
	if (rdt_is_name(text) && (strchr(text, '/') || !text[0] || strcmp(text, "..") == 0))
		abort();
	if (rdt_agrees("", text))
		abort();
	(void)rdt_agrees(rest ? rest : text, text);
	return 0;
}
