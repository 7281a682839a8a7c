/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Docker's encoder, byte for byte: " and \ get a backslash, newline and carriage return their letter, every other
 * control character and < > & a lower-case \u00xx, U+2028 and U+2029 their escape, and each byte that is not part of
 * valid UTF-8 becomes \ufffd. Nearly all text needs none of this, so the encoder looks at sixteen bytes a step and
 * copies them while they are plain.
 */

#include "formats/logfile.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/json.h"
#include "base/own.h"

static const char *const streams[] = { [1] = "stdout", [2] = "stderr" };

size_t logfile_tail(int stream, int64_t time, char to[static LOGFILE_TAIL])
{
	time_t seconds = (time_t)(time / NSEC_PER_SEC);
	struct tm tm;
	int n;

	(void)gmtime_r(&seconds, &tm);
	n = snprintf(to, LOGFILE_TAIL, "\",\"stream\":\"%s\",\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%09ld",
		     streams[stream], tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		     (long)(time % NSEC_PER_SEC));
	while (to[n - 1] == '0')
		n--;
	if (to[n - 1] == '.')
		n--;
	memcpy(to + n, "Z\"}\n", 4);
	return (size_t)n + 4;
}

/* ---- escaping ---- */

typedef uint8_t block __attribute__((vector_size(16)));

/* Are all of the next 16 bytes plain: printable ASCII that stands for itself? */
static bool block_is_plain(const char *at)
{
	union {
		block bytes;
		uint64_t words[2];
	} odd;
	block b;

	memcpy(&b, at, sizeof(b));
	odd.bytes = (block)((b < 0x20) | (b > 0x7e) | (b == '"') | (b == '\\') | (b == '<') | (b == '>') | (b == '&'));
	return (odd.words[0] | odd.words[1]) == 0;
}

/* The length of the valid UTF-8 sequence at `at` (RFC 3629: shortest form, no surrogates), 0 if there is none. */
static size_t utf8_len(const uint8_t *at, size_t len)
{
	uint32_t c;
	size_t n;

	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		n = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		n = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;
	c = at[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return n;
}

static size_t put(char *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	return len;
}

static size_t escape_ascii(uint8_t c, char *to)
{
	static const char hex[] = "0123456789abcdef";

	switch (c) {
	case '"':
		return put(to, "\\\"", 2);
	case '\\':
		return put(to, "\\\\", 2);
	case '\n':
		return put(to, "\\n", 2);
	case '\r':
		return put(to, "\\r", 2);
	}
	if (c >= 0x20 && c != '<' && c != '>' && c != '&') {
		*to = (char)c;
		return 1;
	}
	memcpy(to, "\\u00", 4);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

/* One character that is not ASCII; *ret_used: bytes of the input. */
static size_t escape_wide(const uint8_t *at, size_t len, char *to, size_t *ret_used)
{
	size_t n = utf8_len(at, len);

	*ret_used = n ? n : 1;
	if (n == 0)
		return put(to, "\\ufffd", 6);
	if (n == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9))
		return put(to, at[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
	memcpy(to, at, n);
	return n;
}

size_t logfile_text(const char *text, size_t len, bool newline, char *to)
{
	char *start = to;
	size_t i = 0;

	to += put(to, "{\"log\":\"", 8);
	while (i < len) {
		size_t used = 1;

		if (len - i >= sizeof(block) && block_is_plain(text + i)) {
			to += put(to, text + i, sizeof(block));
			i += sizeof(block);
			continue;
		}
		/* Up to the end of this block byte by byte. */
		for (size_t end = len - i > sizeof(block) ? i + sizeof(block) : len; i < end; i += used) {
			const uint8_t *at = (const uint8_t *)text + i;

			used = 1;
			to += *at < 0x80 ? escape_ascii(*at, to) : escape_wide(at, len - i, to, &used);
		}
	}
	if (newline)
		to += put(to, "\\n", 2);
	return (size_t)(to - start);
}

/* ---- decoding ---- */

static int logfile_parse_time(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	int64_t fraction = 0, unit = NSEC_PER_SEC;
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!at)
		return -EINVAL;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++) {
			unit /= 10;
			fraction += (*at - '0') * unit;
		}
	if (!str_eq(at, "Z") || tm.tm_year > 300 || tm.tm_year < -200)
		return -EINVAL;
	*ret = (int64_t)timegm(&tm) * NSEC_PER_SEC + fraction;
	return 0;
}

static int logfile_parse_stream(const char *text)
{
	for (int i = 1; text && i < (int)ARRAY_SIZE(streams); i++)
		if (str_eq(text, streams[i]))
			return i;
	return -EINVAL;
}

int logfile_decode(const char *line, size_t len, struct str *to, int *ret_stream, int64_t *ret_time, struct err *e)
{
	autojson struct json *root = NULL;
	const char *text, *time;
	size_t text_len = 0;
	int64_t when;
	int stream;

	if (json_parse(line, len, &root, e) < 0)
		return err_prefix(e, "log line");
	text = json_string(json_get(root, "log"), &text_len);
	time = json_string(json_get(root, "time"), NULL);
	stream = logfile_parse_stream(json_string(json_get(root, "stream"), NULL));
	if (stream < 0 || !time || logfile_parse_time(time, &when) < 0)
		return err_set(e, ERR_INVALID, "log line has no stream or time");
	if (text)
		str_add_bytes(to, text, text_len);
	*ret_stream = stream;
	*ret_time = when;
	return 0;
}

/* ---- index: offset u64, length u64, time i64, lines u32, crc u32, zero u32, CRC-32C of the 36 bytes before u32 ---- */

enum { INDEX_CHECKED = LOGFILE_INDEX_SIZE - 4 };

void logfile_index_encode(const struct logfile_index *index, uint8_t to[static LOGFILE_INDEX_SIZE])
{
	uint32_t check;

	memset(to, 0, LOGFILE_INDEX_SIZE);
	memcpy(to, &index->offset, 8);
	memcpy(to + 8, &index->length, 8);
	memcpy(to + 16, &index->time, 8);
	memcpy(to + 24, &index->lines, 4);
	memcpy(to + 28, &index->crc, 4);
	check = crc32c(0, to, INDEX_CHECKED);
	memcpy(to + INDEX_CHECKED, &check, 4);
}

int logfile_index_decode(const uint8_t from[static LOGFILE_INDEX_SIZE], struct logfile_index *ret)
{
	struct logfile_index index;
	uint32_t check;

	memcpy(&check, from + INDEX_CHECKED, 4);
	if (check != crc32c(0, from, INDEX_CHECKED))
		return -EBADMSG;
	memcpy(&index.offset, from, 8);
	memcpy(&index.length, from + 8, 8);
	memcpy(&index.time, from + 16, 8);
	memcpy(&index.lines, from + 24, 4);
	memcpy(&index.crc, from + 28, 4);
	if (index.offset + index.length < index.offset)
		return -EBADMSG;
	*ret = index;
	return 0;
}
