/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * policy.json: which images may be pulled and run. ~/.config/containers/policy.json, else /etc/containers/policy.json; where
 * neither is there, everything may. Requirements of signatures cannot be met here and are refused by name.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* `reference`: normalised. ERR_DENIED says which scope's requirement stands against it. */
int policy_check(const char *reference, struct err *e);

bool policy_is_there(void);

/* The same for a document. Pure. */
int policy_check_text(const char *json, size_t len, const char *reference, struct err *e);
