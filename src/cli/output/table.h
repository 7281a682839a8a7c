/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tables as Docker prints them: columns at least ten wide, three spaces between, the last one ragged. Cells come from
 * users and registries, so they are escaped on their way in.
 */

#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

enum { TABLE_COLUMNS = 32 };

struct table {
	size_t columns; /* at most TABLE_COLUMNS */
	struct strv cells; /* row by row, escaped */
	bool failed;
};

#define TABLE_INIT(columns_) { .columns = (columns_) }

void table_add(struct table *table, const char *cell);
void table_print(const struct table *table, struct str *to);
void table_done(struct table *table);
#define autotable cleanup(table_done)
