/* SPDX-License-Identifier: Apache-2.0 */

/* One header form. A size beyond the octal field's 8 GiB is written in GNU's base 256, as every reader of today knows it. */

#include "archive/tar_write.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 512, OCTAL_SIZES = 11 };

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[8], user[32],
		group[32], major[8], minor[8], prefix[155], zero[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static void write_size(char to[static 12], uint64_t size)
{
	if (size >> (3 * OCTAL_SIZES) == 0) {
		(void)snprintf(to, 12, "%011llo", (unsigned long long)size);
		return;
	}
	to[0] = (char)0x80;
	for (int i = 11; i > 3; i--, size >>= 8)
		to[i] = (char)(size & 0xff);
}

static void write_checksum(struct header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	(void)snprintf(h->checksum, 7, "%06o", sum);
}

int tar_write_header(struct str *to, const char *name, uint64_t size, struct err *e)
{
	struct header h = { .mtime = "00000000000", .uid = "0000000", .gid = "0000000", .magic = "ustar" };
	bool directory = str_ends(name, "/");

	if (strlen(name) > sizeof(h.name))
		return err_set(e, ERR_INVALID, "'%s' is too long a name for an archive", name);
	memcpy(h.name, name, strlen(name));
	memcpy(h.magic, "ustar\00000", sizeof(h.magic));
	memcpy(h.mode, directory ? "0000755" : "0000644", sizeof(h.mode));
	h.type = directory ? '5' : '0';
	write_size(h.size, size);
	write_checksum(&h);
	str_add_bytes(to, &h, sizeof(h));
	return 0;
}

void tar_write_padding(struct str *to, uint64_t size)
{
	static const char zeros[BLOCK];

	str_add_bytes(to, zeros, (size_t)(-size % BLOCK));
}

void tar_write_end(struct str *to)
{
	static const char zeros[2 * BLOCK];

	str_add_bytes(to, zeros, sizeof(zeros));
}
