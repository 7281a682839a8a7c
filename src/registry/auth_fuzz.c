/* SPDX-License-Identifier: Apache-2.0 */

/* A file of passwords and an Authorization field: what is accepted has names, hashes and a colon in it. */

#include "base/fuzz.h"
#include "base/str.h"
#include "registry/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	char to[CREDENTIALS_MAX];
	struct htpasswd users;

	if (htpasswd_parse(text, strlen(text), &users, NULL) == 0) {
		for (size_t i = 0; i < users.n; i++)
			if (!users.items[i].name[0] || strlen(users.items[i].hash) != 60)
				abort();
		htpasswd_done(&users);
	}
	if (auth_credentials((struct http1_slice){ text, strlen(text) }, to) >= 0 && !strchr(to, ':'))
		abort();
	return 0;
}
