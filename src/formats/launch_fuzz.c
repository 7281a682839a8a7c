/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as launch.json: what is accepted is written and read again as the same. */

#include "formats/launch.h"

#include "base/file.h"
#include "base/fuzz.h"

static void write_again(const struct launch *launch, struct str *to)
{
	if (launch_write(fuzz_directory(), launch, NULL) < 0 ||
	    file_read(fuzz_directory(), LAUNCH_FILE, LAUNCH_MAX, to, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str first = STR_INIT, second = STR_INIT;
	struct launch launch;
	struct err e = ERR_INIT;

	fuzz_put(LAUNCH_FILE, data, size);
	if (launch_read(fuzz_directory(), &launch, &e) < 0)
		return e.code == ERR_NONE ? (abort(), 0) : 0;
	write_again(&launch, &first);
	launch_done(&launch);
	if (launch_read(fuzz_directory(), &launch, NULL) < 0)
		abort();
	write_again(&launch, &second);
	launch_done(&launch);
	if (!str_eq(str_text(&first), str_text(&second)))
		abort();
	return 0;
}
