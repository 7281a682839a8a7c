/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --filter NAME=VALUE of lists, typed any number of times. */

#include <stdbool.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/vec.h"

/* Each must have this shape and a name of `known` (NULL-terminated). */
int filter_check(const struct strv *typed, const char *const *known, struct err *e);

/* The value of the `i`-th filter if it has this name, else NULL; borrowed. */
const char *filter_value(const struct strv *typed, size_t i, const char *name);
const char *filter_last(const struct strv *typed, const char *name); /* of the last one of that name */

/* Values of one name: does one of them match, and do all? Without any both are true. */
typedef bool filter_match(const char *value, const void *object);
bool filter_any(const struct strv *typed, const char *name, filter_match *match, const void *object);
bool filter_all(const struct strv *typed, const char *name, filter_match *match, const void *object);

/* "key" or "key=value" against labels. */
bool filter_label(const char *value, const void *labels /* struct strmap */);

/* A truth as Go reads it. */
int filter_truth(const char *name, const char *value, bool *ret, struct err *e);
