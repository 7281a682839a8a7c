/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/environment.h"

#include <string.h>

int environment_check(const struct strv *env, struct err *e)
{
	for (size_t i = 0; i < env->n; i++)
		if (strcspn(env->items[i], "=") == 0 || !strchr(env->items[i], '='))
			return err_set(e, ERR_INVALID, "process.env[%zu]: '%.100s' is not NAME=value", i, env->items[i]);
	return 0;
}

struct entry {
	const char *text;
	size_t name_len, place;
	bool replaced; /* the name comes again later */
};

static int by_name(const void *a_, const void *b_)
{
	const struct entry *a = a_, *b = b_;
	int order = strncmp(a->text, b->text, a->name_len < b->name_len ? a->name_len : b->name_len);

	if (order == 0 && a->name_len != b->name_len)
		order = a->name_len < b->name_len ? -1 : 1;
	return order != 0 ? order : a->place < b->place ? -1 : 1;
}

static int by_place(const void *a_, const void *b_)
{
	const struct entry *a = a_, *b = b_;

	return a->place < b->place ? -1 : 1;
}

static bool same_name(const struct entry *a, const struct entry *b)
{
	return a->name_len == b->name_len && memcmp(a->text, b->text, a->name_len) == 0;
}

int environment_unique(const struct strv *env, struct strv *to)
{
	autofree struct entry *entries = calloc(env->n + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < env->n; i++)
		entries[i] = (struct entry){ env->items[i], strcspn(env->items[i], "="), i, false };
	qsort(entries, env->n, sizeof(*entries), by_name);
	for (size_t i = 0; i + 1 < env->n; i++)
		entries[i].replaced = same_name(&entries[i], &entries[i + 1]);
	qsort(entries, env->n, sizeof(*entries), by_place);
	for (size_t i = 0; i < env->n; i++)
		if (!entries[i].replaced && strv_add(to, entries[i].text) < 0)
			return -ENOMEM;
	return 0;
}
