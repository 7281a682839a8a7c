/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The memory policy of the calling process, set_mempolicy(2). */

#include "base/bitlist.h"
#include "base/word.h"

extern const struct words mempolicy_modes; /* MPOL_DEFAULT, ... */
extern const struct words mempolicy_flags; /* MPOL_F_STATIC_NODES, ... */

/* How many nodes a mode takes: the kernel's own rule. */
enum mempolicy_nodes { MEMPOLICY_NO_NODES, MEMPOLICY_SOME_NODES, MEMPOLICY_ANY_NODES };
enum mempolicy_nodes mempolicy_wants(unsigned mode);

int mempolicy_apply(unsigned mode, unsigned flags, const struct bitlist *nodes); /* 0 or -errno */
