/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Capabilities as 64-bit masks, and the five sets of a process. */

#include <stdint.h>

#include "base/err.h"

/* The number of "CAP_KILL", "KILL" or "cap_kill"; -EINVAL if there is none. */
int cap_number(const char *name);
const char *cap_name(int number); /* "CAP_KILL"; NULL past the last */

uint64_t cap_known(void); /* all of them */

struct cap_sets {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

/* Cuts the sets to what the kernel will grant to a process that has these two now; returns what was asked for in vain. */
uint64_t cap_clamp(struct cap_sets *sets, uint64_t bounding, uint64_t permitted);

/* Drops everything else from the bounding set, which is now `from` (all bits: not known): needs CAP_SETPCAP, so it comes
 * before the ids change. One call a capability, the kernel has no other. */
int cap_limit_bounding(uint64_t bounding, uint64_t from);

/* Sets permitted, effective and inheritable exactly, then ambient. Bits above `bounding` of this process are dropped.
 * `now`: what the process has; NULL: the kernel is asked. */
int cap_apply(const struct cap_sets *sets, const struct cap_sets *now);
