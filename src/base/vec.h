/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Vectors. `struct strv` is a vector of owned strings whose `items` is NULL-terminated, ready for execve.
 * vec_grow serves typed vectors of the shape { T *items; size_t n; } with capacity kept in powers of two.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

struct strv {
	char **items; /* NULL-terminated once anything was added; NULL while empty */
	size_t n;
};

#define STRV_INIT { .items = NULL }

void strv_done(struct strv *v);
#define autostrv cleanup(strv_done)

/* All return 0, or -ENOMEM and leave the vector as it was. strv_take owns `item` in either case. */
int strv_add(struct strv *v, const char *item);
int strv_addf(struct strv *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
int strv_take(struct strv *v, char *item);
int strv_copy(struct strv *v, const struct strv *from);

bool strv_contains(const struct strv *v, const char *item);

/* Sets NAME=value in an environment vector, replacing an earlier NAME. */
int strv_env_set(struct strv *v, const char *name, const char *value);
const char *strv_env_get(const struct strv *v, const char *name); /* borrowed, NULL if unset */

/* A map of texts in the order of their arrival; pairs: key, value, key, value. */
struct strmap { struct strv pairs; };

const char *strmap_get(const struct strmap *m, const char *key); /* borrowed, NULL if absent */
int strmap_set(struct strmap *m, const char *key, const char *value); /* 0 or -ENOMEM */

/* Room for one more element of `size` bytes in *items of `n` elements: the new zeroed element, NULL when out of memory. */
void *vec_grow(void *items_ptr, size_t *n, size_t size);
#define vec_add(vec) ((__typeof__((vec)->items))vec_grow(&(vec)->items, &(vec)->n, sizeof(*(vec)->items)))
