/* SPDX-License-Identifier: Apache-2.0 */

/* Every reader of quantities on every text: one of the three answers that the header promises, and numbers in their ranges. */

#include "base/quantity.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fuzz.h"

static void check(int r)
{
	if (r != 0 && r != -EINVAL && r != -ERANGE)
		abort();
}

/* Printed it is read again as itself. */
static void check_i64(const char *text)
{
	int64_t value, again;
	char printed[32];
	int r = quantity_i64(text, &value);

	check(r);
	if (r < 0)
		return;
	(void)snprintf(printed, sizeof(printed), "%lld", (long long)value);
	if (quantity_i64(printed, &again) < 0 || again != value)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t nows[] = { 0, INT64_MAX, INT64_MIN, 1700000000 * NSEC_PER_SEC };
	autofree char *text = fuzz_text(data, size);
	int64_t value = 0;
	int r = quantity_size(text, &value);

	check(r);
	if (r == 0 && value < 0)
		abort();
	check_i64(text);
	check(quantity_nano(text, &value));
	check(quantity_duration(text, &value));
	for (size_t i = 0; i < ARRAY_SIZE(nows); i++)
		check(quantity_time(text, nows[i], &value));
	return 0;
}
