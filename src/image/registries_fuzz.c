/* SPDX-License-Identifier: Apache-2.0 */

/* registries.conf as it may be written: what is accepted can be looked up in. */

#include "image/registries.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "docker.io/library/alpine", "quay.io/a/b:c", "x.example.com:5000/y", "alpine", "a/b" };
	struct registries r = { .short_mode = NULL };
	struct err e = ERR_INIT;

	if (registries_read(&r, (const char *)data, size, &e) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			const struct registries_entry *entry = registries_find(&r, names[i]);
			autofree char *moved = entry ? registries_moved(entry, entry->location, names[i]) : NULL;
			autofree char *whole = NULL;

			if (moved && strlen(moved) > size + strlen(names[i]))
				abort();
			(void)registries_short(&r, names[i], &whole, &e);
		}
	registries_done(&r);
	return 0;
}
