/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Layout, little-endian: 0 magic "LTREXIT1", 8 code i32, 12 flags u32, 16 started i64, 24 finished i64, 32 boot id (36
 * characters), zeros, 124 CRC-32C of the first 124 bytes. The whole is one sector-sized write, renamed into place.
 */

#include "formats/exit.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/io.h"
#include "base/path.h"

static const char magic[8] = { 'L', 'T', 'R', 'E', 'X', 'I', 'T', '1' };

enum { AT_CODE = 8, AT_FLAGS = 12, AT_STARTED = 16, AT_FINISHED = 24, AT_BOOT = 32, AT_CRC = 124 };
enum { FLAG_UNKNOWN = 1, FLAG_KEEPER_LOST = 2, FLAG_OOM = 4, FLAGS = 7 };

void exit_record_encode(const struct exit_record *record, uint8_t to[static EXIT_RECORD_SIZE])
{
	uint32_t flags = (record->unknown ? FLAG_UNKNOWN : 0) | (record->keeper_lost ? FLAG_KEEPER_LOST : 0) |
			 (record->oom_killed ? FLAG_OOM : 0);
	uint32_t crc;

	memset(to, 0, EXIT_RECORD_SIZE);
	memcpy(to, magic, sizeof(magic));
	memcpy(to + AT_CODE, &record->code, 4);
	memcpy(to + AT_FLAGS, &flags, 4);
	memcpy(to + AT_STARTED, &record->started, 8);
	memcpy(to + AT_FINISHED, &record->finished, 8);
	memcpy(to + AT_BOOT, record->boot_id, strnlen(record->boot_id, BOOT_ID_TEXT - 1));
	crc = crc32c(0, to, AT_CRC);
	memcpy(to + AT_CRC, &crc, 4);
}

int exit_record_decode(const void *bytes, size_t len, struct exit_record *ret, struct err *e)
{
	const uint8_t *from = bytes;
	struct exit_record record = { .code = 0 };
	uint32_t flags, crc;

	if (len != EXIT_RECORD_SIZE || memcmp(from, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_INVALID, "exit record is not one of this version");
	memcpy(&crc, from + AT_CRC, 4);
	if (crc != crc32c(0, from, AT_CRC))
		return err_set(e, ERR_INVALID, "exit record is damaged: wrong checksum");
	memcpy(&flags, from + AT_FLAGS, 4);
	if (flags & ~(uint32_t)FLAGS)
		return err_set(e, ERR_UNSUPPORTED, "exit record has unknown flags %#x", flags);
	memcpy(&record.code, from + AT_CODE, 4);
	memcpy(&record.started, from + AT_STARTED, 8);
	memcpy(&record.finished, from + AT_FINISHED, 8);
	memcpy(record.boot_id, from + AT_BOOT, BOOT_ID_TEXT - 1);
	record.unknown = flags & FLAG_UNKNOWN;
	record.keeper_lost = flags & FLAG_KEEPER_LOST;
	record.oom_killed = flags & FLAG_OOM;
	*ret = record;
	return 0;
}

int exit_record_write(int dir, const struct exit_record *record, bool durable, struct err *e)
{
	uint8_t bytes[EXIT_RECORD_SIZE];

	exit_record_encode(record, bytes);
	return file_replace(dir, EXIT_FILE, bytes, sizeof(bytes), 0600, durable ? FILE_DURABLE : FILE_ATOMIC, e);
}

int exit_record_read(int dir, struct exit_record *ret, struct err *e)
{
	uint8_t bytes[EXIT_RECORD_SIZE + 1];
	autofd int fd = path_open(dir, EXIT_FILE, PATH_OWN, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	ssize_t n;

	if (fd < 0)
		return err_sys(e, -fd, "read exit record");
	n = pread(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return err_sys(e, errno, "read exit record");
	return exit_record_decode(bytes, (size_t)n, ret, e);
}
