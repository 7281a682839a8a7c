/* SPDX-License-Identifier: Apache-2.0 */

/* The input is text, passwd and group, separated by NUL bytes. */

#include <string.h>

#include "base/str.h"
#include "runtime/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *parts[3] = { "", "", "" };
	autostr struct str copy = STR_INIT;
	struct user user;
	size_t n = 0;

	str_add_bytes(&copy, data, size);
	for (size_t i = 0; n < 3 && i <= copy.len && copy.data; i += strlen(copy.data + i) + 1)
		parts[n++] = copy.data + i;
	if (user_resolve(parts[0], parts[1], parts[2], &user, NULL) == 0) {
		if (user.uid == UINT32_MAX || user.gid == UINT32_MAX)
			abort();
		user_done(&user);
	}
	return 0;
}
