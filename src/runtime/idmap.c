/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/idmap.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"

void idmap_done(struct idmap *map)
{
	free(take_ptr(map->uids.items));
	free(take_ptr(map->gids.items));
}

/* A decimal number of 32 bits; `end` is the character that must follow, or the end of the text. */
static bool take_number(const char **at, char end, uint32_t *ret)
{
	size_t digits = strspn(*at, "0123456789");
	unsigned long long value = strtoull(*at, NULL, 10);

	if (digits == 0 || digits > 10 || value > UINT32_MAX || ((*at)[digits] != end && (*at)[digits]))
		return false;
	if (end == '-' && (*at)[digits] != '-')
		return false;
	*at += digits + ((*at)[digits] != '\0');
	*ret = (uint32_t)value;
	return true;
}

static int parse_triplet(const char **at, const struct userns_map *container, struct userns_extent *ret, struct err *e)
{
	const char *start = *at;
	bool relative = *start == '@';

	*at += relative;
	if (!take_number(at, '-', &ret->inside) || !take_number(at, '-', &ret->outside) || !take_number(at, '#', &ret->size))
		return err_set(e, ERR_INVALID, "'%.60s' is not a mapping: ID-ID-COUNT is wanted", start);
	if (relative && !userns_outside(container, ret->outside, &ret->outside))
		return err_set(e, ERR_INVALID, "'%.60s' is not mapped in the container's user namespace", start);
	return 0;
}

static int parse_list(const char *text, const struct userns_map *container, struct idmap_extents *to, struct err *e)
{
	while (*text) {
		struct userns_extent extent, *item;

		if (parse_triplet(&text, container, &extent, e) < 0)
			return -1;
		item = vec_add(to);
		if (!item)
			return err_nomem(e);
		*item = extent;
	}
	return 0;
}

static int parse_part(const char *part, const struct userns_map *uids, const struct userns_map *gids, struct idmap *to,
		      struct err *e)
{
	if (str_starts(part, "uids="))
		return parse_list(part + strlen("uids="), uids, &to->uids, e);
	if (str_starts(part, "gids="))
		return parse_list(part + strlen("gids="), gids, &to->gids, e);
	return err_set(e, ERR_INVALID, "'%.60s' is neither uids= nor gids=", part);
}

int idmap_parse(const char *text, const struct userns_map *uids, const struct userns_map *gids, struct idmap *ret,
		struct err *e)
{
	cleanup(idmap_done) struct idmap map = { .uids = { .items = NULL } };
	autofree char *copy = strdup(text);
	char *save = NULL;

	if (!copy)
		return err_nomem(e);
	for (char *part = strtok_r(copy, ";", &save); part; part = strtok_r(NULL, ";", &save))
		if (parse_part(part, uids, gids, &map, e) < 0)
			return -1;
	*ret = map;
	map = (struct idmap){ .uids = { .items = NULL } };
	return 0;
}
