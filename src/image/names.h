/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* References as the store keeps them (docker.io/library/alpine:latest) and as people read them (alpine:latest). */

#include "base/err.h"
#include "store/store.h"

int names_normalise(const char *typed, char **ret, struct err *e);
char *names_familiar(const char *normal); /* owned; NULL when out of memory */

/* `typed`: a reference, an id or the front of one. *ret_name: its normal form if it was a reference that exists, else NULL
 * (owned). ERR_NOT_FOUND: "no such image: NAME". */
int names_find(struct store *store, const char *typed, struct store_image *ret, char **ret_name, struct err *e);
