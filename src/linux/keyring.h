/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Session keyrings, keyctl(2). */

#include <stdbool.h>

/* Joins the session keyring of that name, or makes it, and lets others of the container find it by its name: whoever
 * owns it (or, in a user namespace, where the owner is not mapped, everybody) may search it. 0 or -errno; a kernel
 * without keyrings is 0. */
int keyring_join(const char *name, bool in_userns);
