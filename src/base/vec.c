/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"

void strv_done(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strv)STRV_INIT;
}

/* Capacity is implied: the array is full whenever its used length reaches a power of two. */
static int strv_room(struct strv *v)
{
	size_t used = v->items ? v->n + 1 : 0, cap;
	char **items;

	if (used & (used - 1))
		return 0;
	cap = used ? used * 2 : 2;
	items = reallocarray(v->items, cap, sizeof(*items));
	if (!items)
		return -ENOMEM;
	v->items = items;
	return 0;
}

int strv_take(struct strv *v, char *item)
{
	if (!item || strv_room(v) < 0) {
		free(item);
		return -ENOMEM;
	}
	v->items[v->n++] = item;
	v->items[v->n] = NULL;
	return 0;
}

int strv_add(struct strv *v, const char *item)
{
	return strv_take(v, strdup(item));
}

int strv_addf(struct strv *v, const char *format, ...)
{
	autostr struct str s = STR_INIT;
	va_list args;

	va_start(args, format);
	str_addv(&s, format, args);
	va_end(args);
	return strv_take(v, str_take(&s));
}

int strv_copy(struct strv *v, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (strv_add(v, from->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

bool strv_contains(const struct strv *v, const char *item)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->items[i], item))
			return true;
	return false;
}

static char **strv_env_find(const struct strv *v, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < v->n; i++)
		if (strncmp(v->items[i], name, len) == 0 && v->items[i][len] == '=')
			return &v->items[i];
	return NULL;
}

int strv_env_set(struct strv *v, const char *name, const char *value)
{
	char **at = strv_env_find(v, name), *item;

	if (!at)
		return strv_addf(v, "%s=%s", name, value);
	item = str_format("%s=%s", name, value);
	if (!item)
		return -ENOMEM;
	free(*at);
	*at = item;
	return 0;
}

const char *strv_env_get(const struct strv *v, const char *name)
{
	char **at = strv_env_find(v, name);

	return at ? *at + strlen(name) + 1 : NULL;
}

const char *strmap_get(const struct strmap *m, const char *key)
{
	for (size_t i = 0; i + 1 < m->pairs.n; i += 2)
		if (str_eq(m->pairs.items[i], key))
			return m->pairs.items[i + 1];
	return NULL;
}

int strmap_set(struct strmap *m, const char *key, const char *value)
{
	for (size_t i = 0; i + 1 < m->pairs.n; i += 2) {
		char *copy;

		if (!str_eq(m->pairs.items[i], key))
			continue;
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
		free(m->pairs.items[i + 1]);
		m->pairs.items[i + 1] = copy;
		return 0;
	}
	if (strv_add(&m->pairs, key) < 0)
		return -ENOMEM;
	if (strv_add(&m->pairs, value) == 0)
		return 0;
	free(m->pairs.items[--m->pairs.n]);
	m->pairs.items[m->pairs.n] = NULL;
	return -ENOMEM;
}

void *vec_grow(void *items_ptr, size_t *n, size_t size)
{
	char *items;

	memcpy(&items, items_ptr, sizeof(items));
	if ((*n & (*n - 1)) == 0) {
		items = reallocarray(items, *n ? *n * 2 : 1, size);
		if (!items)
			return NULL;
		memcpy(items_ptr, &items, sizeof(items));
	}
	memset(items + *n * size, 0, size);
	return items + (*n)++ * size;
}
