/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct str *to, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)from[i] << 16;

		if (i + 1 < len)
			group |= (uint32_t)from[i + 1] << 8;
		if (i + 2 < len)
			group |= from[i + 2];
		str_add_char(to, alphabet[group >> 18]);
		str_add_char(to, alphabet[group >> 12 & 63]);
		str_add_char(to, i + 1 < len ? alphabet[group >> 6 & 63] : '=');
		str_add_char(to, i + 2 < len ? alphabet[group & 63] : '=');
	}
}

/* Four characters as 24 bits; *ret_n: how many of the three bytes count. */
static int read_group(const char *text, bool last, uint32_t *ret, size_t *ret_n)
{
	size_t padding = text[3] == '=' ? text[2] == '=' ? 2 : 1 : 0;
	uint32_t group = 0;

	if (padding && !last)
		return -EINVAL;
	for (size_t i = 0; i < 4; i++) {
		const char *at = i < 4 - padding && text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at && i < 4 - padding)
			return -EINVAL;
		group = group << 6 | (at ? (uint32_t)(at - alphabet) : 0);
	}
	if (group & ((UINT32_C(1) << 8 * padding) - 1))
		return -EINVAL;
	*ret = group;
	*ret_n = 3 - padding;
	return 0;
}

int base64_decode(struct str *to, const char *text, size_t len)
{
	size_t before = to->len;

	if (len % 4)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t group;
		size_t n;

		if (read_group(text + i, i + 4 == len, &group, &n) < 0) {
			to->len = before;
			if (to->data)
				to->data[before] = '\0';
			return -EINVAL;
		}
		for (size_t k = 0; k < n; k++)
			str_add_char(to, (char)(group >> (16 - 8 * k) & 255));
	}
	return 0;
}
