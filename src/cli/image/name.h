/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How lists show a normalised reference: docker.io/library/alpine:3.20 is repository alpine, tag 3.20. */

#include "base/err.h"
#include "base/str.h"

/* The repository as people type it, and the tag or "<none>". A name that does not hold is shown whole. */
void name_split(const char *normalised, struct str *repository, struct str *tag);

/* "alpine:3.20", owned; NULL when out of memory. */
char *name_familiar(const char *normalised);

/* What was typed in its normal form, owned. */
int name_normal(const char *typed, char **ret, struct err *e);
