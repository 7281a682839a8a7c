/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Device rules of any numbers, and v1's devices.list of any text. The first bytes make the rules, the rest is the list, in a
 * directory that plays a group of v1. v2's program of the same rules must come out with an end.
 */

#include "linux/cgroup_device.h"

#include "base/fuzz.h"

enum { RULES_MAX = 8, RULE_BYTES = 4 };

static void make_rule(const uint8_t *b, struct cgroup_device *rule)
{
	static const int64_t numbers[] = { -1, 0, 1, 3, 5, 136, UINT32_MAX, INT64_MAX };

	*rule = (struct cgroup_device){
		.allow = b[0] & 1,
		.type = "abc"[b[0] / 2 % 3],
		.major = numbers[b[1] % ARRAY_SIZE(numbers)],
		.minor = numbers[b[2] % ARRAY_SIZE(numbers)],
		.read = b[3] & 1,
		.write = b[3] & 2,
		.mknod = b[3] & 4,
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cgroup_device rules[RULES_MAX];
	size_t n = 0, len = 0;
	struct err e = ERR_INIT;

	for (; n < RULES_MAX && size >= RULE_BYTES && data[0] != 'c' && data[0] != 'b'; data += RULE_BYTES, size -= RULE_BYTES)
		make_rule(data, &rules[n++]);
	free(cgroup_device_program(rules, n, &len));
	if (len == 0)
		abort();
	fuzz_put("devices.list", data, size);
	fuzz_put("devices.allow", "", 0);
	fuzz_put("devices.deny", "", 0);
	if (cgroup_devices_v1(fuzz_directory(), rules, n, &e) < 0 && (e.code == ERR_NONE || !e.text[0]))
		abort();
	return 0;
}
