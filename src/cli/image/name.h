/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How lists show a normalised reference: docker.io/library/alpine:3.20 is repository alpine, tag 3.20. */

#include "base/str.h"

/* Appends the repository as people type it, and the tag or "<none>". */
void name_split(const char *normalised, struct str *repository, struct str *tag);

/* Appends "alpine:3.20". */
void name_familiar(const char *normalised, struct str *to);
