/* SPDX-License-Identifier: Apache-2.0 */

/* linux.cgroupsPath for the systemd driver, "slice:prefix:name": what is accepted names one unit, in a slice. */

#include "runtime/systemd_unit.h"

#include "base/fuzz.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	cleanup(systemd_unit_done) struct systemd_unit unit = { .slice = NULL };
	struct err e = ERR_INIT;

	if (systemd_unit_parse(text, "id", size % 2, &unit, &e) < 0)
		return e.code == ERR_INVALID ? 0 : (abort(), 0);
	if (!str_ends(unit.slice, ".slice") || !str_ends(unit.name, ".scope") || strchr(unit.slice, '/') ||
	    strchr(unit.name, '/'))
		abort();
	return 0;
}
