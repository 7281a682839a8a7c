/* SPDX-License-Identifier: Apache-2.0 */
#include "image/policy.h"

#include "base/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "docker.io/library/alpine:latest", "a.b.example:5000/x/y:1" };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)policy_check_text((const char *)data, size, names[i], &e);
	return 0;
}
