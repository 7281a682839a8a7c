/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/table.h"

#include <string.h>

#include "base/text.h"

enum { COLUMN_LEAST = 10, COLUMN_GAP = 3 };

void table_add(struct table *table, const char *cell)
{
	autostr struct str escaped = STR_INIT;
	char *text;

	text_escape(&escaped, cell, strlen(cell));
	text = str_take(&escaped);
	if (!text || strv_take(&table->cells, text) < 0)
		table->failed = true;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = COLUMN_LEAST;

	for (size_t i = column; i < table->cells.n; i += table->columns) {
		size_t cell = text_width(table->cells.items[i]) + COLUMN_GAP;

		width = cell > width ? cell : width;
	}
	return width;
}

void table_print(const struct table *table, struct str *to)
{
	size_t widths[TABLE_COLUMNS];

	to->failed |= table->failed;
	for (size_t i = 0; i < table->columns; i++)
		widths[i] = column_width(table, i);
	for (size_t i = 0; i < table->cells.n; i++) {
		const char *cell = table->cells.items[i];
		bool last = i % table->columns == table->columns - 1;

		str_add(to, cell);
		if (last)
			str_add_char(to, '\n');
		else
			str_addf(to, "%*s", (int)(widths[i % table->columns] - text_width(cell)), "");
	}
}

void table_done(struct table *table)
{
	strv_done(&table->cells);
}
