/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers with names: one static table a family, for reading a word and for listing them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct word {
	const char *name;
	uint64_t value;
};

struct words {
	const struct word *items;
	size_t n;
};

#define WORDS(name_, ...)                                                                                              \
	static const struct word name_##_items[] = { __VA_ARGS__ };                                                    \
	const struct words name_ = { .items = name_##_items, .n = sizeof(name_##_items) / sizeof(name_##_items[0]) }

/* True and *ret for a name of the table. */
static inline bool word_find(const struct words *words, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->items[i].name, name) == 0) {
			*ret = words->items[i].value;
			return true;
		}
	return false;
}
