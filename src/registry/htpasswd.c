/* SPDX-License-Identifier: Apache-2.0 */
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"
#include "registry/auth.h"

void htpasswd_done(struct htpasswd *users)
{
	for (size_t i = 0; i < users->n; i++) {
		explicit_bzero(users->items[i].hash, strlen(users->items[i].hash));
		free(users->items[i].name);
		free(users->items[i].hash);
	}
	free(users->items);
	*users = (struct htpasswd){ 0 };
}

static bool is_bcrypt(const char *hash)
{
	return strlen(hash) == 60 && hash[0] == '$' && hash[1] == '2' && strchr("aby", hash[2]) && hash[3] == '$';
}

static int add_user(struct htpasswd *users, const char *line, size_t len, struct err *e)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0;
	struct htpasswd_user *u;

	if (!name)
		return err_set(e, ERR_INVALID, "a line is not 'name:hash'");
	u = vec_add(users);
	if (!u)
		return err_nomem(e);
	u->name = strndup(line, name);
	u->hash = strndup(colon + 1, len - name - 1);
	if (!u->name || !u->hash)
		return err_nomem(e);
	if (!is_bcrypt(u->hash))
		return err_set(e, ERR_UNSUPPORTED, "the password of '%.100s' is not hashed by bcrypt (htpasswd -B)", u->name);
	return 0;
}

int htpasswd_parse(const char *text, size_t len, struct htpasswd *ret, struct err *e)
{
	struct htpasswd users = { 0 };

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len, n = line;

		while (n && strchr(" \t\r", text[n - 1]))
			n--;
		if (n && text[0] != '#' && add_user(&users, text, n, e) < 0) {
			for (size_t i = 0; i < users.n; i++) /* the last may be half */
				if (!users.items[i].hash)
					users.items[i].hash = strdup("");
			htpasswd_done(&users);
			return -1;
		}
		line += end ? 1 : 0;
		text += line;
		len -= line;
	}
	*ret = users;
	return 0;
}

/* An unknown name takes as long as a wrong password. */
bool htpasswd_check(const struct htpasswd *users, const char *name, const char *password)
{
	static const char nobody[] = "$2b$05$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzABCDE";
	const char *hash = users->n ? users->items[0].hash : nobody;
	autofree struct crypt_data *data = calloc(1, sizeof(*data));
	bool found = false;
	const char *result;

	for (size_t i = 0; i < users->n; i++)
		if (str_eq(users->items[i].name, name)) {
			hash = users->items[i].hash;
			found = true;
		}
	/* Not crypt_r: the sanitizer's wrapper of that leads nowhere. */
	result = data ? crypt_rn(password, hash, data, sizeof(*data)) : NULL;
	found = found && result && strlen(result) == strlen(hash) && CRYPTO_memcmp(result, hash, strlen(hash)) == 0;
	if (data)
		explicit_bzero(data, sizeof(*data));
	return found;
}

int auth_credentials(struct http1_slice field, char to[static CREDENTIALS_MAX])
{
	char text[CREDENTIALS_MAX];
	int n, padding = 0;

	if (!field.at || field.len < 6 || strncasecmp(field.at, "Basic ", 6) != 0)
		return -EINVAL;
	field = (struct http1_slice){ field.at + 6, field.len - 6 };
	/* Four characters are three bytes: what is decoded fits where the text did. */
	if (field.len == 0 || field.len % 4 || field.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, field.at, field.len);
	text[field.len] = '\0';
	while (padding < 2 && text[field.len - 1 - (size_t)padding] == '=')
		padding++;
	n = EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text, (int)field.len) - padding;
	if (n <= 0 || memchr(to, '\0', (size_t)n) || !memchr(to, ':', (size_t)n))
		return -EINVAL;
	to[n] = '\0';
	return n;
}
