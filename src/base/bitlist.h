/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sets of small numbers as the kernel writes them: "0-3,7". For CPUs and memory nodes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BITLIST_BITS = 1024 };

struct bitlist {
	uint64_t words[BITLIST_BITS / 64];
};

/* Spaces around the parts and empty parts are accepted, as the kernel does. 0, -EINVAL for what is not a list, or
 * -ERANGE for a number of BITLIST_BITS and above. */
int bitlist_parse(const char *text, struct bitlist *ret);

bool bitlist_empty(const struct bitlist *b);
