/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One table of formats; a format fills an output buffer from an input buffer until its stream ends. gzip members that
 * follow each other are one stream. Output is asked for by the reader, so a bomb costs what its reader accepts.
 */

#include "archive/compress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/own.h"

/* A frame's window is memory: 32 MiB of it, more than any level below --ultra and --long asks for. */
enum { INPUT_SIZE = 128 << 10, MAGIC_SIZE = 10, WINDOW_LOG = 25 };

struct decompress;

struct format {
	const char *name;
	const char *magic;
	size_t magic_len;
	int (*start)(struct decompress *d);
	/* Moves bytes: *ret_out bytes were written. 1: a stream ended, 0: more, -1: damaged. */
	int (*step)(struct decompress *d, void *to, size_t room, size_t *ret_out);
	void (*stop)(struct decompress *d);
};

struct decompress {
	struct source source;
	struct source *from;
	const struct format *format;
	char *input;
	size_t start, end;
	bool drained;  /* `from` has ended */
	bool midway;   /* inside a stream: an end here is too early */
	z_stream gzip;
	ZSTD_DCtx *zstd;
	const char *why; /* a failure's reason */
};

static int gzip_start(struct decompress *d)
{
	return inflateInit2(&d->gzip, 15 + 16) == Z_OK ? 0 : -1;
}

static int gzip_step(struct decompress *d, void *to, size_t room, size_t *ret_out)
{
	int r;

	d->gzip.next_in = (Bytef *)d->input + d->start;
	d->gzip.avail_in = (uInt)(d->end - d->start);
	d->gzip.next_out = to;
	d->gzip.avail_out = (uInt)room;
	r = inflate(&d->gzip, Z_NO_FLUSH);
	d->start = d->end - d->gzip.avail_in;
	*ret_out = room - d->gzip.avail_out;
	if (r == Z_STREAM_END)
		return inflateReset(&d->gzip) == Z_OK ? 1 : -1;
	return r == Z_OK || r == Z_BUF_ERROR ? 0 : -1;
}

static void gzip_stop(struct decompress *d)
{
	(void)inflateEnd(&d->gzip);
}

static int zstd_start(struct decompress *d)
{
	d->zstd = ZSTD_createDCtx();
	if (!d->zstd)
		return -1;
	return ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG)) ? -1 : 0;
}

static int zstd_step(struct decompress *d, void *to, size_t room, size_t *ret_out)
{
	ZSTD_inBuffer in = { d->input, d->end, d->start };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t r = ZSTD_decompressStream(d->zstd, &out, &in);

	d->start = in.pos;
	*ret_out = out.pos;
	if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
		d->why = "wants a window of more than 32 MiB";
	if (ZSTD_isError(r))
		return -1;
	return r == 0;
}

static void zstd_stop(struct decompress *d)
{
	(void)ZSTD_freeDCtx(d->zstd);
}

static int plain_start(struct decompress *d)
{
	return 0;
}

static int plain_step(struct decompress *d, void *to, size_t room, size_t *ret_out)
{
	size_t n = d->end - d->start < room ? d->end - d->start : room;

	memcpy(to, d->input + d->start, n);
	d->start += n;
	*ret_out = n;
	return 1;
}

static void plain_stop(struct decompress *d)
{
}

static const struct format formats[] = {
	{ "gzip", "\x1f\x8b", 2, gzip_start, gzip_step, gzip_stop },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, zstd_start, zstd_step, zstd_stop },
	{ "xz", "\xfd" "7zXZ\0", 6 }, /* known, to be refused by name */
	{ "bzip2", "BZh91AY&SY", 10 },
	{ "none", "", 0, plain_start, plain_step, plain_stop },
};

static int fill(struct decompress *d, struct err *e)
{
	ssize_t n;

	if (d->start == d->end)
		d->start = d->end = 0;
	n = source_read(d->from, d->input + d->end, INPUT_SIZE - d->end, e);
	if (n < 0)
		return -1;
	d->end += (size_t)n;
	d->drained = n == 0;
	return 0;
}

static ssize_t decompress_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct decompress *d = (struct decompress *)s;
	size_t out = 0;

	while (out == 0) {
		int r;

		if (d->start == d->end && !d->drained && fill(d, e) < 0)
			return -1;
		if (d->start == d->end && d->drained && !d->midway)
			return 0;
		r = d->format->step(d, to, len, &out);
		if (r < 0)
			return err_set(e, ERR_INVALID, "the %s data %s", d->format->name, d->why ? d->why : "is damaged");
		d->midway = r == 0;
		if (out == 0 && d->midway && d->drained && d->start == d->end)
			return err_set(e, ERR_INVALID, "the %s data ends too early", d->format->name);
	}
	return (ssize_t)out;
}

static int decompress_begin(struct decompress *d, struct err *e)
{
	while (d->end < MAGIC_SIZE && !d->drained)
		if (fill(d, e) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (d->end < formats[i].magic_len || memcmp(d->input, formats[i].magic, formats[i].magic_len) != 0)
			continue;
		if (!formats[i].start)
			return err_set(e, ERR_UNSUPPORTED, "it is compressed by %s; gzip and zstd are known", formats[i].name);
		if (formats[i].start(d) < 0)
			return err_nomem(e);
		d->format = &formats[i];
		return 0;
	}
	return 0;
}

int decompress_new(struct source *from, struct decompress **ret, struct err *e)
{
	struct decompress *d = calloc(1, sizeof(*d));

	if (d)
		d->input = malloc(INPUT_SIZE);
	if (!d || !d->input) {
		decompress_free(d);
		return err_nomem(e);
	}
	d->source.read = decompress_read;
	d->from = from;
	if (decompress_begin(d, e) < 0) {
		decompress_free(d);
		return -1;
	}
	*ret = d;
	return 0;
}

struct source *decompress_source(struct decompress *d)
{
	return &d->source;
}

const char *decompress_format(const struct decompress *d)
{
	return d->format->name;
}

void decompress_free(struct decompress *d)
{
	if (!d)
		return;
	if (d->format)
		d->format->stop(d);
	free(d->input);
	free(d);
}
