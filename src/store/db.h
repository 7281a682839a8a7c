/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * SQLite, behind the few calls that the store needs: statements with text and integer parameters, rows to a callback,
 * transactions. Two files are one connection: `main` is lighter.db in the data root, whose commits are synced; `run` is
 * a file of this boot in the run root, never synced, for --rm containers. Both are in WAL mode, not checkpointed on
 * close, and their schemas are brought up to date when they are opened (migrate.c). Nothing outside of store/ includes
 * this.
 */

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

struct store {
	struct instance *instance; /* borrowed */
	sqlite3 *db;		   /* NULL until first use */
	unsigned holds;		   /* while above 0 we may hold SQLite's locks, and Ctrl-Z waits */
	sigset_t before;	   /* the signal mask that comes back then */
};

/* Opens the database if it is not open yet. */
int db_need(struct store *store, struct err *e);

/* A parameter: text (NULL: SQL NULL) or integer. */
struct db_value {
	const char *text;
	int64_t number;
	bool is_text;
};

#define DB_TEXT(t) { .text = (t), .is_text = true }
#define DB_INT(n) { .number = (n) }

typedef int (*db_row)(sqlite3_stmt *row, void *arg, struct err *e);

/* Runs one statement; `row` (may be NULL) sees every row and may stop with a negative result. */
int db_run(struct store *store, const char *sql, const struct db_value *values, size_t n, db_row row, void *arg,
	   struct err *e);
#define DB_RUN(store, sql, row, arg, e, ...)                                                       \
	({                                                                                         \
		const struct db_value values_[] = { __VA_ARGS__ };                                 \
		db_run(store, sql, values_, sizeof(values_) / sizeof(values_[0]), row, arg, e);    \
	})

/* BEGIN IMMEDIATE: the write lock of both files. What COMMIT syncs is what was written: nothing, if that was `run`. */
int db_begin(struct store *store, struct err *e);
int db_commit(struct store *store, struct err *e);
void db_rollback(struct store *store);

/* A copy of a text column, NULL for SQL NULL and when out of memory. */
char *db_text(sqlite3_stmt *row, int column);

int db_migrate(struct store *store, struct err *e); /* migrate.c */

/* Sets `e` to what SQLite says of the last call, which gave `code`; of a busy database it names who holds the lock. -1. */
int db_error(struct store *store, int code, const char *what, struct err *e);
