/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every reader here is built on one: a decimal as an integer part and billionths. Nothing passes through a double, so
 * that 0.1 is exactly a tenth, and overflow is found where it happens.
 */

#include "base/quantity.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"

struct decimal {
	int64_t whole;
	int64_t nano;
	bool inexact; /* digits were cut behind the ninth place */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits, optionally a point and digits; at least one digit. Returns what follows, NULL with *ret_error set. */
static const char *decimal_read(const char *p, struct decimal *ret, int *ret_error)
{
	int64_t scale = NSEC_PER_SEC / 10;
	bool any = false;

	*ret = (struct decimal){ 0 };
	*ret_error = -ERANGE;
	for (; is_digit(*p); p++, any = true)
		if (__builtin_mul_overflow(ret->whole, 10, &ret->whole) ||
		    __builtin_add_overflow(ret->whole, *p - '0', &ret->whole))
			return NULL;
	if (*p == '.') {
		for (p++; is_digit(*p); p++, any = true, scale /= 10) {
			ret->nano += (*p - '0') * scale;
			ret->inexact |= scale == 0 && *p != '0';
		}
	}
	*ret_error = -EINVAL;
	return any ? p : NULL;
}

/* d * unit, cut to an integer. */
static int decimal_scale(const struct decimal *d, int64_t unit, int64_t *ret)
{
	__int128 value = (__int128)d->whole * unit + (__int128)d->nano * unit / NSEC_PER_SEC;

	if (value > INT64_MAX)
		return -ERANGE;
	*ret = (int64_t)value;
	return 0;
}

int quantity_i64(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	int64_t value = 0;
	const char *p = text + (*text == '-' || *text == '+');

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, *p - '0', &value))
			return -ERANGE;
	if (*p)
		return -EINVAL;
	if (!negative && value == INT64_MIN)
		return -ERANGE;
	*ret = negative ? value : -value;
	return 0;
}

int quantity_size(const char *text, int64_t *ret_bytes)
{
	static const char units[] = "kmgtp";
	struct decimal d;
	int64_t unit = 1;
	int r;
	const char *p = decimal_read(text, &d, &r), *found;

	if (!p)
		return r;
	if (*p == ' ')
		p++;
	found = *p ? strchr(units, *p | 0x20) : NULL;
	if (found) {
		unit <<= 10 * (found - units + 1);
		p++;
	}
	if (*p == 'i' || *p == 'I')
		p++;
	if (*p == 'b' || *p == 'B')
		p++;
	return *p ? -EINVAL : decimal_scale(&d, unit, ret_bytes);
}

int quantity_nano(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	struct decimal d;
	int r;
	const char *p = decimal_read(text + negative, &d, &r);

	if (!p)
		return r;
	if (*p || d.inexact)
		return -EINVAL;
	r = decimal_scale(&d, NSEC_PER_SEC, ret);
	if (r == 0 && negative)
		*ret = -*ret;
	return r;
}

static const struct { const char *name; int64_t ns; } duration_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* the micro sign */
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
	{ "m", 60 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC },
};

/* One "1.5h" of a duration is added to *total; returns what follows. */
static const char *duration_part(const char *p, int64_t *total, int *ret_error)
{
	struct decimal d;
	int64_t part;
	size_t len;

	p = decimal_read(p, &d, ret_error);
	if (!p)
		return NULL;
	len = strcspn(p, "0123456789.");
	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
		if (strlen(duration_units[i].name) != len || strncmp(p, duration_units[i].name, len) != 0)
			continue;
		*ret_error = decimal_scale(&d, duration_units[i].ns, &part);
		if (*ret_error == 0 && __builtin_add_overflow(*total, part, total))
			*ret_error = -ERANGE;
		return *ret_error ? NULL : p + len;
	}
	*ret_error = -EINVAL;
	return NULL;
}

int quantity_duration(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	const char *p = text + (*text == '-' || *text == '+');
	int64_t total = 0;
	int r = -EINVAL;

	if (strcmp(p, "0") == 0) {
		*ret = 0;
		return 0;
	}
	do {
		p = duration_part(p, &total, &r);
		if (!p)
			return r;
	} while (*p);
	*ret = negative ? -total : total;
	return 0;
}

/* "+02:00", "Z" or nothing: seconds east of UTC. */
static int zone_read(const char *p, int64_t *ret)
{
	static const char shape[] = "+00:00";
	int64_t hours, minutes;

	*ret = 0;
	if (!*p || strcasecmp(p, "z") == 0)
		return 0;
	if ((*p != '+' && *p != '-') || strlen(p) != strlen(shape))
		return -EINVAL;
	for (size_t i = 1; shape[i]; i++)
		if (is_digit(shape[i]) ? !is_digit(p[i]) : p[i] != shape[i])
			return -EINVAL;
	hours = (p[1] - '0') * 10 + p[2] - '0';
	minutes = (p[4] - '0') * 10 + p[5] - '0';
	if (hours > 23 || minutes > 59)
		return -EINVAL;
	*ret = (hours * 3600 + minutes * 60) * (*p == '-' ? -1 : 1);
	return 0;
}

static int calendar_read(const char *text, int64_t *ret)
{
	static const char *const fronts[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d" };
	struct decimal fraction = { 0 };
	struct tm tm = { 0 };
	int64_t zone, time;
	const char *p = NULL;
	int r;

	for (size_t i = 0; !p && i < ARRAY_SIZE(fronts); i++) {
		tm = (struct tm){ 0 };
		p = strptime(text, fronts[i], &tm);
	}
	if (!p)
		return -EINVAL;
	if (*p == '.')
		p = decimal_read(p, &fraction, &r);
	if (!p)
		return r;
	r = zone_read(p, &zone);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(timegm(&tm) - zone, NSEC_PER_SEC, &time) ||
	    __builtin_add_overflow(time, fraction.nano, &time))
		return -ERANGE;
	*ret = time;
	return 0;
}

int quantity_time(const char *text, int64_t now, int64_t *ret)
{
	int64_t ago;
	int r = quantity_nano(text, ret);

	if (r != -EINVAL)
		return r;
	r = quantity_duration(text, &ago);
	if (r == 0 && __builtin_sub_overflow(now, ago, &ago))
		return -ERANGE;
	if (r == 0)
		*ret = ago;
	return r == -EINVAL ? calendar_read(text, ret) : r;
}
