/* SPDX-License-Identifier: Apache-2.0 */

/* WWW-Authenticate as any server may send it: what is accepted holds a realm and no control character. */

#include <stdint.h>
#include <string.h>

#include "fetch/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct auth_challenge challenge;
	struct err e = ERR_INIT;

	if (auth_challenge_parse((const char *)data, size, &challenge, &e) < 0)
		return 0;
	if (!challenge.realm || !challenge.realm[0])
		abort();
	for (const char *c = challenge.realm; *c; c++)
		if ((unsigned char)*c < ' ')
			abort();
	(void)auth_realm_allowed("https://registry.example", challenge.realm);
	auth_challenge_done(&challenge);
	return 0;
}
