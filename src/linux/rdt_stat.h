/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a resctrl group may use and what it has used, as the kernel says it. */

#include "linux/rdt.h"

struct rdt_monitor { uint64_t mbm_total_bytes, mbm_local_bytes, llc_occupancy; }; /* of one domain of caches */

struct rdt_stat {
	bool l3, mb, mbm, cmt; /* what this machine has */
	struct { char *cbm_mask; uint64_t min_cbm_bits, num_closids; } l3_info;
	struct { uint64_t bandwidth_gran, delay_linear, min_bandwidth, num_closids; } mb_info;
	struct strv root_schemata, schemata; /* lines without blanks in front */
	struct { struct rdt_monitor *items; size_t n; } monitors; /* of the monitoring group, or of the whole group */
};

int rdt_stat_read(int root, const struct rdt_group *group, const char *id, struct rdt_stat *ret, struct err *e);
void rdt_stat_done(struct rdt_stat *stat);

/* The last line of a resource, NULL without one. */
const char *rdt_stat_line(const struct strv *schemata, const char *resource);
