/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/property.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "systemd/variant.h"

enum { DEPTH_MAX = 8, SIGNATURE_MAX = 255 /* D-Bus */ };

struct words {
	sd_bus_message *to;
	const char *const *next;
	int depth;
};

static const char *take(struct words *w)
{
	return *w->next ? *w->next++ : NULL;
}

/* ---- basic types ---- */

union basic {
	uint8_t y;
	int16_t n;
	uint16_t q;
	int32_t i;
	uint32_t u;
	int64_t x;
	uint64_t t;
	double d;
	int b;
};

static int put_unsigned(char type, const char *word, union basic *to)
{
	static const uint64_t max[] = { ['y'] = UINT8_MAX, ['q'] = UINT16_MAX, ['u'] = UINT32_MAX, ['t'] = UINT64_MAX };
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (errno || end == word || *end || word[0] == '-' || value > max[(unsigned char)type])
		return -EINVAL;
	switch (type) {
	case 'y': to->y = (uint8_t)value; break;
	case 'q': to->q = (uint16_t)value; break;
	case 'u': to->u = (uint32_t)value; break;
	default: to->t = value;
	}
	return 0;
}

static int put_signed(char type, const char *word, union basic *to)
{
	static const int64_t max[] = { ['n'] = INT16_MAX, ['i'] = INT32_MAX, ['x'] = INT64_MAX };
	int64_t bound = max[(unsigned char)type];
	char *end;
	long long value;

	errno = 0;
	value = strtoll(word, &end, 10);
	if (errno || end == word || *end || value > bound || value < -bound - 1)
		return -EINVAL;
	switch (type) {
	case 'n': to->n = (int16_t)value; break;
	case 'i': to->i = (int32_t)value; break;
	default: to->x = value;
	}
	return 0;
}

static int put_other(char type, const char *word, union basic *to)
{
	char *end;

	if (type == 'b') {
		to->b = str_eq(word, "true");
		return to->b || str_eq(word, "false") ? 0 : -EINVAL;
	}
	to->d = strtod(word, &end);
	return end == word || *end ? -EINVAL : 0;
}

static int append_basic(struct words *w, char type)
{
	const char *word = take(w);
	union basic value;
	int r;

	if (!word)
		return -EINVAL;
	if (strchr("sog", type))
		return sd_bus_message_append_basic(w->to, type, word);
	if (strchr("yqut", type))
		r = put_unsigned(type, word, &value);
	else if (strchr("nix", type))
		r = put_signed(type, word, &value);
	else
		r = put_other(type, word, &value);
	return r < 0 ? r : sd_bus_message_append_basic(w->to, type, &value);
}

/* ---- containers ---- */

static int append_types(struct words *w, const char *signature, size_t len);

static int append_inside(struct words *w, char kind, const char *contents, size_t len, unsigned long times)
{
	char inner[SIGNATURE_MAX + 1];
	int r;

	if (len > SIGNATURE_MAX || w->depth >= DEPTH_MAX)
		return -EINVAL;
	memcpy(inner, contents, len);
	inner[len] = '\0';
	r = sd_bus_message_open_container(w->to, kind, inner);
	w->depth++;
	for (unsigned long i = 0; r >= 0 && i < times; i++)
		r = append_types(w, inner, len);
	w->depth--;
	return r < 0 ? r : sd_bus_message_close_container(w->to);
}

static int append_array(struct words *w, const char *contents, size_t len)
{
	union basic count;
	const char *word = take(w);

	if (!word || put_unsigned('u', word, &count) < 0)
		return -EINVAL;
	return append_inside(w, 'a', contents, len, count.u);
}

static int append_variant(struct words *w)
{
	const char *signature = take(w);

	if (!signature || variant_type_len(signature) != strlen(signature))
		return -EINVAL;
	return append_inside(w, 'v', signature, strlen(signature), 1);
}

/* Exactly `len` characters of signature. */
static int append_types(struct words *w, const char *signature, size_t len)
{
	int r = 0;

	for (size_t at = 0, one; r >= 0 && at < len; at += one) {
		const char *type = signature + at;

		one = variant_type_len(type);
		if (!one)
			return -EINVAL;
		switch (type[0]) {
		case 'a': r = append_array(w, type + 1, one - 1); break;
		case '(': r = append_inside(w, 'r', type + 1, one - 2, 1); break;
		case 'v': r = append_variant(w); break;
		default: r = append_basic(w, type[0]);
		}
	}
	return r;
}

/* ---- properties ---- */

/* (sv): the value is a variant of one complete type. */
static int append_property(struct words *w, const char *name, struct err *e)
{
	int r = sd_bus_message_open_container(w->to, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(w->to, 's', name);
	if (r >= 0)
		r = append_variant(w);
	if (r >= 0)
		r = sd_bus_message_close_container(w->to);
	return r < 0 ? err_set(e, ERR_INVALID, "property '%.100s': its value is not what its signature says", name) : 0;
}

/* The bus knows TimeoutStopUSec alone; unit files and annotations say TimeoutStopSec. */
static int to_usec(struct strv *value)
{
	char *end;
	double seconds = strtod(value->items[1], &end);
	char usec[32];

	if (!strchr("ynqiuxtd", value->items[0][0]) || *end || !(seconds >= 0 && seconds < 1e12))
		return -EINVAL;
	(void)snprintf(usec, sizeof(usec), "%llu", (unsigned long long)(seconds * 1e6));
	strv_done(value);
	return strv_add(value, "t") < 0 ? -ENOMEM : strv_add(value, usec);
}

static int append_text(struct words *w, const char *name, struct err *e)
{
	autostrv struct strv value = STRV_INIT;
	autofree char *renamed = NULL;
	const char *text = take(w);
	struct words inner = { .to = w->to };
	int r = 0;

	if (!text)
		return err_set(e, ERR_INVALID, "property '%.100s' has no value", name);
	if (variant_parse(text, &value, e) < 0)
		return err_prefix(e, "property '%.100s'", name);
	if (str_ends(name, "Sec") && !str_ends(name, "USec")) {
		renamed = str_format("%.*sUSec", (int)(strlen(name) - strlen("Sec")), name);
		r = renamed ? to_usec(&value) : -ENOMEM;
	}
	if (r < 0)
		return err_set(e, ERR_INVALID, "property '%.100s': '%.100s' is not a number of seconds", name, text);
	inner.next = (const char *const *)value.items;
	return append_property(&inner, renamed ? renamed : name, e);
}

int property_append_all(sd_bus_message *to, const char *const *words, struct err *e)
{
	struct words w = { .to = to, .next = words };
	int r = sd_bus_message_open_container(to, 'a', "(sv)");

	while (r >= 0 && *w.next) {
		const char *name = take(&w);
		bool is_text = *w.next && str_eq(*w.next, "=");

		if (is_text)
			(void)take(&w);
		if ((is_text ? append_text(&w, name, e) : append_property(&w, name, e)) < 0)
			return -1;
	}
	if (r >= 0)
		r = sd_bus_message_close_container(to);
	return r < 0 ? err_sys(e, -r, "write the unit's properties") : 0;
}
