/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int id_new(char to[static ID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[ID_LEN / 2];

	ssize_t n = getrandom(bytes, sizeof(bytes), 0);

	if (n != (ssize_t)sizeof(bytes))
		return n < 0 ? -errno : -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 15];
	}
	to[ID_LEN] = '\0';
	return 0;
}

bool id_is_prefix(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= ID_LEN && strspn(text, "0123456789abcdef") == len;
}

bool id_is_whole(const char *text)
{
	return strlen(text) == ID_LEN && id_is_prefix(text);
}

bool id_is_name(const char *text)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strlen(text);

	if (len < 2 || len > 128 || !strchr(alnum, text[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!strchr(alnum, text[i]) && !strchr("_.-", text[i]))
			return false;
	return true;
}
