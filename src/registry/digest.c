/* SPDX-License-Identifier: Apache-2.0 */

/* OpenSSL's EVP: it uses the machine's SHA instructions. */

#include "registry/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"

enum { HASH_PIECE = 256 << 10 };

static const struct {
	const char *name;
	size_t hex;
	const EVP_MD *(*algorithm)(void);
} kinds[] = {
	[DIGEST_SHA256] = { "sha256", 64, EVP_sha256 },
	[DIGEST_SHA512] = { "sha512", 128, EVP_sha512 },
};

const char *digest_directory(enum digest_kind kind)
{
	return kinds[kind].name;
}

int digest_parse(const char *text, struct digest *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].name);
		const char *hex = text + n + 1;

		if (strncmp(text, kinds[i].name, n) != 0 || text[n] != ':')
			continue;
		if (strlen(hex) != kinds[i].hex || strspn(hex, "0123456789abcdef") != kinds[i].hex)
			return -EINVAL;
		ret->kind = (enum digest_kind)i;
		memcpy(ret->text, text, strlen(text) + 1);
		memcpy(ret->path, text, strlen(text) + 1);
		ret->path[n] = '/';
		return 0;
	}
	return -EINVAL;
}

int hash_init(struct hash *h, enum digest_kind kind, struct err *e)
{
	h->kind = kind;
	h->context = EVP_MD_CTX_new();
	if (!h->context || EVP_DigestInit_ex(h->context, kinds[kind].algorithm(), NULL) != 1) {
		hash_done(h);
		return err_nomem(e);
	}
	return 0;
}

void hash_add(struct hash *h, const void *bytes, size_t len)
{
	(void)EVP_DigestUpdate(h->context, bytes, len);
}

void hash_end(struct hash *h, char to[static DIGEST_TEXT])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int at = snprintf(to, DIGEST_TEXT, "%s:", kinds[h->kind].name);

	(void)EVP_DigestFinal_ex(h->context, raw, &n);
	for (unsigned i = 0; i < n && at + 2 < DIGEST_TEXT; i++)
		at += snprintf(to + at, (size_t)(DIGEST_TEXT - at), "%02x", raw[i]);
}

void hash_done(struct hash *h)
{
	EVP_MD_CTX_free(h->context);
	h->context = NULL;
}

int hash_file(int fd, enum digest_kind kind, char to[static DIGEST_TEXT], struct err *e)
{
	autofree char *piece = malloc(HASH_PIECE);
	cleanup(hash_done) struct hash h = { .context = NULL };
	off_t at = 0;
	ssize_t n;

	if (!piece)
		return err_nomem(e);
	if (hash_init(&h, kind, e) < 0)
		return -1;
	while ((n = pread(fd, piece, HASH_PIECE, at)) > 0) {
		hash_add(&h, piece, (size_t)n);
		at += n;
	}
	if (n < 0)
		return err_sys(e, errno, "read what was uploaded");
	hash_end(&h, to);
	return 0;
}
