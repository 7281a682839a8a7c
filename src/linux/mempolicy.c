/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mempolicy.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WEIGHTED_INTERLEAVE = 6 /* 6.9; Debian 12's header has not got it */ };

WORDS(mempolicy_modes,
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL", MPOL_LOCAL });

WORDS(mempolicy_flags,
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES });

enum mempolicy_nodes mempolicy_wants(unsigned mode)
{
	if (mode == MPOL_DEFAULT || mode == MPOL_LOCAL)
		return MEMPOLICY_NO_NODES;
	return mode == MPOL_PREFERRED ? MEMPOLICY_ANY_NODES : MEMPOLICY_SOME_NODES;
}

int mempolicy_apply(unsigned mode, unsigned flags, const struct bitlist *nodes)
{
	bool none = bitlist_empty(nodes);

	/* The kernel takes one from the number of bits. */
	return syscall(SYS_set_mempolicy, mode | flags, none ? NULL : nodes->words, none ? 0 : BITLIST_BITS + 1) < 0 ? -errno : 0;
}
