/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Widths come from two tables of ranges: what joins the character before it (0) and what Unicode calls wide (2). They
 * are coarser than Unicode's own: a terminal that differs shows a column out of line, nothing worse.
 */

#include "base/text.h"

#include <string.h>

#include "base/clock.h"

struct range { uint32_t first, last; };

static const struct range joining[] = {
	{ 0x300, 0x36f },     { 0x483, 0x489 },	  { 0x591, 0x5bd },	{ 0x610, 0x61a },   { 0x64b, 0x65f },
	{ 0x6d6, 0x6dc },     { 0x900, 0x902 },	  { 0x93c, 0x93c },	{ 0x941, 0x948 },   { 0xe31, 0xe31 },
	{ 0xe34, 0xe3a },     { 0xe47, 0xe4e },	  { 0x1ab0, 0x1aff },	{ 0x1dc0, 0x1dff }, { 0x200b, 0x200d },
	{ 0x20d0, 0x20f0 },   { 0x302a, 0x302d }, { 0xfe00, 0xfe0f },	{ 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
	{ 0x1f3fb, 0x1f3ff }, { 0xe0020, 0xe007f }, { 0xe0100, 0xe01ef },
};

static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x23e9, 0x23ec },	  { 0x2614, 0x2615 },	{ 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },	  { 0x2728, 0x2728 },	{ 0x274c, 0x274c },
	{ 0x2753, 0x2755 },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },	  { 0x3400, 0x4dbf },	{ 0x4e00, 0x9fff },
	{ 0xa000, 0xa4cf },   { 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },	  { 0xf900, 0xfaff },	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff },
	{ 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

/* What changes a terminal's state or the order of what is read. */
static const struct range hostile[] = {
	{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

static bool in_ranges(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

size_t text_decode(const char *text, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t need = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (need == 0 || need > len)
		return 0;
	c = need == 1 ? s[0] : s[0] & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return need;
}

/* The next character of a terminated text: its length (1 for an invalid byte) and columns. */
static size_t step(const char *p, size_t *ret_columns)
{
	size_t len;
	uint32_t c;

	*ret_columns = 1;
	if ((unsigned char)*p < 0x80)
		return 1;
	len = text_decode(p, strnlen(p, 4), &c);
	if (len == 0)
		return 1;
	if (in_ranges(joining, ARRAY_SIZE(joining), c))
		*ret_columns = 0;
	else if (in_ranges(wide, ARRAY_SIZE(wide), c))
		*ret_columns = 2;
	return len;
}

size_t text_width(const char *text)
{
	size_t width = 0, columns;

	while (*text) {
		text += step(text, &columns);
		width += columns;
	}
	return width;
}

void text_escape(struct str *to, const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c;

		for (n = 0; i + n < len && text[i + n] >= ' ' && text[i + n] < 0x7f; n++)
			;
		str_add_bytes(to, text + i, n);
		if (n > 0)
			continue;
		n = text_decode(text + i, len - i, &c);
		if (n == 0) {
			str_addf(to, "\\x%02x", (unsigned char)text[i]);
			n = 1;
		} else if (!in_ranges(hostile, ARRAY_SIZE(hostile), c)) {
			str_add_bytes(to, text + i, n);
		} else if (c < 0x80) {
			str_addf(to, "\\x%02x", c);
		} else {
			str_addf(to, "\\u{%x}", c);
		}
	}
}

void text_cut(struct str *to, const char *text, size_t columns)
{
	const char *p = text;
	size_t width = 0, next;

	if (text_width(text) <= columns) {
		str_add(to, text);
		return;
	}
	while (*p) {
		size_t len = step(p, &next);

		if (width + next + 1 > columns)
			break;
		width += next;
		p += len;
	}
	str_add_bytes(to, text, (size_t)(p - text));
	str_add(to, "…");
}

static void size_add(struct str *to, uint64_t bytes, double base, int digits, const char *const *units)
{
	double value = (double)bytes;
	size_t i = 0;

	for (; value >= base && units[i + 1]; i++)
		value /= base;
	str_addf(to, "%.*g%s", digits, value, units[i]);
}

void text_size(struct str *to, uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB", NULL };

	size_add(to, bytes, 1000, 3, units);
}

void text_size_binary(struct str *to, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL };

	size_add(to, bytes, 1024, 4, units);
}

void text_duration(struct str *to, int64_t nanoseconds)
{
	int64_t seconds = nanoseconds / NSEC_PER_SEC, minutes = seconds / 60;
	int64_t hours = (seconds + 1800) / 3600; /* rounded, as go-units does */
	static const struct { int64_t below, hours; const char *unit; } spans[] = {
		{ 48, 1, "hours" },
		{ 24 * 7 * 2, 24, "days" },
		{ 24 * 30 * 2, 24 * 7, "weeks" },
		{ 24 * 365 * 2, 24 * 30, "months" },
		{ INT64_MAX, 24 * 365, "years" },
	};

	if (seconds < 1) {
		str_add(to, "Less than a second");
	} else if (seconds < 60) {
		str_addf(to, seconds == 1 ? "%d second" : "%d seconds", (int)seconds);
	} else if (minutes < 60) {
		if (minutes == 1)
			str_add(to, "About a minute");
		else
			str_addf(to, "%d minutes", (int)minutes);
	} else if (hours == 1) {
		str_add(to, "About an hour");
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
			if (hours < spans[i].below) {
				str_addf(to, "%lld %s", (long long)(hours / spans[i].hours), spans[i].unit);
				return;
			}
	}
}

enum { WORD_MAX = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; both words shorter than WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[WORD_MAX][WORD_MAX], n = strlen(a), m = strlen(b);

	for (size_t i = 0; i <= n; i++)
		rows[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t change = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			rows[i][j] = least(change, least(rows[i - 1][j], rows[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	return rows[n][m];
}

void text_nearest_try(struct text_nearest *near, const char *candidate)
{
	size_t len = strlen(near->word), d;

	if (len < 2 || len >= WORD_MAX || strlen(candidate) >= WORD_MAX)
		return;
	d = distance(near->word, candidate);
	if (d < near->distance && d <= (len + 2) / 3) {
		near->distance = d;
		near->best = candidate;
	}
}
