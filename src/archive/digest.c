/* SPDX-License-Identifier: Apache-2.0 */

/* OpenSSL's EVP: it uses the machine's SHA instructions. */

#include "archive/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/str.h"

int digest_init(struct digest *d, struct err *e)
{
	return digest_init_as(d, "sha256:", e);
}

int digest_init_as(struct digest *d, const char *like, struct err *e)
{
	d->wide = str_starts(like, "sha512:");
	d->context = EVP_MD_CTX_new();
	if (!d->context || EVP_DigestInit_ex(d->context, d->wide ? EVP_sha512() : EVP_sha256(), NULL) != 1) {
		digest_done(d);
		return err_nomem(e);
	}
	return 0;
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
	(void)EVP_DigestUpdate(d->context, bytes, len);
}

void digest_end(struct digest *d, char to[static DIGEST_TEXT])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	(void)EVP_DigestFinal_ex(d->context, raw, &n);
	(void)snprintf(to, DIGEST_TEXT, "%s:", d->wide ? "sha512" : "sha256");
	for (unsigned i = 0; i < n && i < 64; i++)
		(void)snprintf(to + 7 + 2 * i, 3, "%02x", raw[i]);
}

void digest_done(struct digest *d)
{
	EVP_MD_CTX_free(d->context);
	d->context = NULL;
}

int digest_of(const void *bytes, size_t len, char to[static DIGEST_TEXT], struct err *e)
{
	return digest_of_as("sha256:", bytes, len, to, e);
}

int digest_of_as(const char *like, const void *bytes, size_t len, char to[static DIGEST_TEXT], struct err *e)
{
	struct digest d;

	if (digest_init_as(&d, like, e) < 0)
		return -1;
	digest_add(&d, bytes, len);
	digest_end(&d, to);
	digest_done(&d);
	return 0;
}
