/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text for people's eyes: widths, escapes, sizes and durations in Docker's words, the nearest word to a mistyped one.
 * UTF-8 throughout, without the C library's locale.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* One code point from text[0 .. len-1], len > 0; its length, or 0 where the bytes are not valid UTF-8. */
size_t text_decode(const char *text, size_t len, uint32_t *ret);

/* Columns of a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji. Bytes that are not UTF-8
 * and control characters count as one. */
size_t text_width(const char *text);

/* Appends `text` so that a terminal only shows it: control characters (C0, DEL, C1), direction
 * overrides and invalid bytes become \xNN or \u{NNNN}. Names, labels and whatever a registry sent go through here. */
void text_escape(struct str *to, const char *text, size_t len);

/* Appends `text`, cut to `columns` with "…" as its last when it is wider. */
void text_cut(struct str *to, const char *text, size_t columns);

/* 7.8MB, 12.3kB, 0B: powers of 1000 and three digits, as `docker images` prints. 512MiB: powers of 1024, four digits. */
void text_size(struct str *to, uint64_t bytes);
void text_size_binary(struct str *to, uint64_t bytes);

/* "Less than a second", "About a minute", "3 hours": go-units' words for a span of nanoseconds. */
void text_duration(struct str *to, int64_t nanoseconds);

/* The candidate that a mistyped word was most likely meant to be: at most a third of it differs (insertions, deletions,
 * changes and swapped neighbours). */
struct text_nearest {
	const char *word, *best; /* both borrowed; best NULL: none is near */
	size_t distance;
};

#define TEXT_NEAREST_INIT(word_) { .word = (word_), .distance = SIZE_MAX }

void text_nearest_try(struct text_nearest *near, const char *candidate);
