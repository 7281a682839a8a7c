/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bitlist.h"

#include <errno.h>

static const char *skip_spaces(const char *at)
{
	while (*at == ' ' || *at == '\t' || *at == '\n')
		at++;
	return at;
}

/* Reads digits at *at and moves it behind them. */
static int read_number(const char **at, unsigned *ret)
{
	unsigned value = 0;

	if (**at < '0' || **at > '9')
		return -EINVAL;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		value = value * 10 + (unsigned)(**at - '0');
		if (value >= BITLIST_BITS)
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

static int read_part(const char **at, struct bitlist *to)
{
	unsigned first, last;
	int r = read_number(at, &first);

	if (r < 0)
		return r;
	last = first;
	if (**at == '-') {
		(*at)++;
		r = read_number(at, &last);
		if (r < 0)
			return r;
	}
	if (first > last)
		return -EINVAL;
	for (; first <= last; first++)
		to->words[first / 64] |= UINT64_C(1) << first % 64;
	return 0;
}

int bitlist_parse(const char *text, struct bitlist *ret)
{
	struct bitlist list = { { 0 } };
	const char *at = skip_spaces(text);

	while (*at) {
		int r = *at == ',' ? 0 : read_part(&at, &list);

		if (r < 0)
			return r;
		at = skip_spaces(at);
		if (*at && *at != ',')
			return -EINVAL;
		if (*at)
			at = skip_spaces(at + 1);
	}
	*ret = list;
	return 0;
}

bool bitlist_empty(const struct bitlist *b)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < BITLIST_BITS / 64; i++)
		any |= b->words[i];
	return any == 0;
}
