/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The environment of a container's program. */

#include "base/err.h"
#include "base/vec.h"

/* Every entry is NAME=value with a name; the error gives its place. */
int environment_check(const struct strv *env, struct err *e);

/* Appends each name once, with its last value. 0 or -ENOMEM. */
int environment_unique(const struct strv *env, struct strv *to);
